import type { Command } from 'commander'
import type { App } from '../app/rest.ts'
import { operatorJson } from '../operators/operator-json.ts'
import {
  type Changed,
  changeLanguage,
  changeRole,
  findOperatorByAddress,
  inviteOperator,
  listOperators,
  type Operator,
  refusals,
  removeOperator,
} from '../operators/operators.ts'
import { type Role, roles } from '../operators/roles.ts'
import { byCommandLine } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { addTokenCommands } from './operator-tokens.ts'
import { withApp } from './with-app.ts'

interface Json {
  readonly json?: true
}

export const operatorsCommand: AddCommand = (program, context) => {
  const operators = program
    .command('operators')
    .description('list, invite and remove operators, and their API tokens')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet operators invite ann@example.org --role editor\n  broadsheet operators role ann@example.org owner\n  broadsheet operators remove ann@example.org\n  broadsheet operators tokens add ann@example.org --name Prometheus --scopes read',
    )
  addList(operators, context)
  addInvite(operators, context)
  addRole(operators, context)
  addLanguage(operators, context)
  addRemove(operators, context)
  addTokenCommands(operators, context)
}

function addList(operators: Command, context: CommandContext): void {
  operators
    .command('list', { isDefault: true })
    .description('list operators with their roles')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('operators list'))
    .action(async (options: Json) => {
      await withApp(context, async (app) => {
        const found = await listOperators(app.operators)
        if (options.json) return context.say(`${JSON.stringify(found.map(operatorJson))}\n`)
        if (found.length === 0) context.say('No operators yet. To invite one: broadsheet operators invite ADDRESS\n')
        for (const { email, role, signedInAt } of found)
          context.say(`${email}  ${role}  ${signedInAt ? `logged in ${signedInAt.toISOString()}` : 'not logged in yet'}\n`)
      })
    })
}

function addInvite(operators: Command, context: CommandContext): void {
  operators
    .command('invite <address>')
    .description('add an operator; a mail says how to log in')
    .option('--role <role>', roles.join(', '), 'viewer')
    .option('--language <tag>', 'the language of their desk and mail, such as pt-BR')
    .option('--json', 'print the operator as JSON')
    .addHelpText('after', exampleText('operators invite ann@example.org --role editor'))
    .action(async (email: string, options: Json & { role: string; language?: string }) => {
      const role = roleNamed(options.role)
      await withApp(context, async (app) => {
        const invited = await inviteOperator(app.operators, { email, role, language: options.language }, byCommandLine)
        if (invited.status === 'invalid') throw new StartFailure([`${invited.field}: ${invited.reason}`])
        if (invited.status === 'exists') throw new StartFailure([`${email} is an operator already: ${invited.operator.role}`])
        if (invited.status === 'refused') throw new StartFailure([refusals[invited.why]])
        say(
          context,
          options,
          invited.operator,
          `Invited as ${role}. A running server sends the mail; otherwise the next one that starts does.`,
        )
      })
    })
}

function addRole(operators: Command, context: CommandContext): void {
  operators
    .command('role <address> <role>')
    .description(`change the role: ${roles.join(', ')}`)
    .option('--json', 'print the operator as JSON')
    .addHelpText('after', exampleText('operators role ann@example.org owner'))
    .action(async (email: string, name: string, options: Json) => {
      const role = roleNamed(name)
      await withApp(context, async (app) => {
        const changed = done(await changeRole(app.operators, (await operatorNamed(app, email)).id, role, byCommandLine), email)
        say(context, options, changed, `${email} is ${role} now.`)
      })
    })
}

function addLanguage(operators: Command, context: CommandContext): void {
  operators
    .command('language <address> <tag>')
    .description('change the language of their desk and mail; "" for that of the publication')
    .option('--json', 'print the operator as JSON')
    .addHelpText('after', exampleText('operators language ann@example.org pt-BR'))
    .action(async (email: string, tag: string, options: Json) => {
      await withApp(context, async (app) => {
        const changed = await changeLanguage(app.operators, (await operatorNamed(app, email)).id, tag, byCommandLine)
        if (changed.status === 'invalid') throw new Misuse([`language: ${changed.reason}`])
        const operator = done(changed, email)
        say(context, options, operator, `The language of ${email} is ${operator.language || 'that of the publication'} now.`)
      })
    })
}

function addRemove(operators: Command, context: CommandContext): void {
  operators
    .command('remove <address>')
    .description('remove an operator; sessions and API tokens end at once')
    .option('--json', 'print the operator as JSON')
    .addHelpText('after', exampleText('operators remove ann@example.org'))
    .action(async (email: string, options: Json) => {
      await withApp(context, async (app) => {
        const removed = done(await removeOperator(app.operators, (await operatorNamed(app, email)).id, byCommandLine), email)
        say(context, options, removed, `${email} is removed. Their sessions and API tokens have ended.`)
      })
    })
}

async function operatorNamed(app: App, email: string): Promise<Operator> {
  const operator = await findOperatorByAddress(app.operators, email)
  if (!operator) throw new StartFailure([`no operator has the address ${email}`])
  return operator
}

function done(changed: Changed, email: string): Operator {
  if (changed.status === 'changed') return changed.operator
  throw new StartFailure([changed.status === 'unknown' ? `no operator has the address ${email}` : refusals[changed.why]])
}

function roleNamed(name: string): Role {
  const role = roles.find((one) => one === name)
  if (!role) throw new Misuse([`unknown role: ${name}; it must be one of ${roles.join(', ')}`])
  return role
}

function say(context: CommandContext, { json }: Json, operator: Operator, sentence: string): void {
  context.say(json ? `${JSON.stringify(operatorJson(operator))}\n` : `${sentence}\n`)
}
