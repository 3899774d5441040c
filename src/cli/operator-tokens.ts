import type { Command } from 'commander'
import { createToken, listTokens, revokeToken } from '../operators/api-tokens.ts'
import { tokenJson } from '../operators/operator-json.ts'
import { findOperatorByAddress, operatorNames } from '../operators/operators.ts'
import { type Scope, scopes, scopesOf } from '../operators/roles.ts'
import { byCommandLine } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import { namesIn } from '../subscribers/names.ts'
import type { CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { withApp } from './with-app.ts'

const dayMs = 86_400_000

interface Json {
  readonly json?: true
}

/** `broadsheet operators tokens list|add|revoke`. */
export function addTokenCommands(operators: Command, context: CommandContext): void {
  const tokens = operators.command('tokens').description('list, add and revoke API tokens')
  tokens
    .command('list', { isDefault: true })
    .description('list the API tokens of all operators')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('operators tokens list'))
    .action((options: Json) => list(context, options))
  tokens
    .command('add <address>')
    .description('add an API token of an operator, and print it: it is shown only once')
    .requiredOption('--name <name>', 'where it is used')
    .option('--scopes <names>', `separated by commas: ${scopes.join(', ')}`, 'read')
    .option('--days <days>', 'for how many days it works; default: until it is revoked')
    .option('--json', 'print the token as JSON')
    .addHelpText('after', exampleText('operators tokens add ann@example.org --name Prometheus --scopes read'))
    .action((email: string, options: AddOptions) => add(context, email, options))
  tokens
    .command('revoke <id>')
    .description('end an API token at once')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('operators tokens revoke ID'))
    .action((id: string, options: Json) => revoke(context, id, options))
}

async function list(context: CommandContext, options: Json): Promise<void> {
  await withApp(context, async (app) => {
    const found = await listTokens(app.operators)
    if (options.json) return context.say(`${JSON.stringify(found.map(tokenJson))}\n`)
    if (found.length === 0) context.say('No API tokens yet. To add one: broadsheet operators tokens add ADDRESS --name NAME\n')
    const names = await operatorNames(
      app.operators,
      found.map(({ operator }) => operator),
    )
    for (const { id, operator, name, scopes: held, lastUsedAt, expiresAt } of found) {
      const used = lastUsedAt ? `last used ${lastUsedAt.toISOString()}` : 'never used'
      const ends = expiresAt ? `, ends ${expiresAt.toISOString()}` : ''
      context.say(`${id}  ${names.get(operator) ?? ''}  ${name}  ${held.join(',')}  ${used}${ends}\n`)
    }
  })
}

interface AddOptions extends Json {
  readonly name: string
  readonly scopes: string
  readonly days?: string
}

async function add(context: CommandContext, email: string, options: AddOptions): Promise<void> {
  const asked = namesIn(options.scopes)
  const unknown = asked.find((name) => !scopes.includes(name as Scope))
  if (unknown !== undefined) throw new Misuse([`unknown scope: ${unknown}; it must be one of ${scopes.join(', ')}`])
  if (options.days !== undefined && !/^[1-9]\d{0,4}$/.test(options.days)) throw new Misuse(['--days must be a number from 1 to 99999'])
  await withApp(context, async (app) => {
    const operator = await findOperatorByAddress(app.operators, email)
    if (!operator) throw new StartFailure([`no operator has the address ${email}`])
    const expiresAt = options.days === undefined ? undefined : new Date(context.clock.now().getTime() + Number(options.days) * dayMs)
    const token = { operator: operator.id, name: options.name, scopes: asked as Scope[], expiresAt }
    const created = await createToken(app.operators, token, { scopes: scopesOf.owner }, byCommandLine)
    switch (created.status) {
      case 'invalid':
        throw new StartFailure([`${created.field}: ${created.reason}`])
      case 'unknown':
        throw new StartFailure([`no operator has the address ${email}`])
      case 'too_many':
        throw new StartFailure([created.reason])
      case 'created':
        context.say(options.json ? `${JSON.stringify({ ...tokenJson(created.token), token: created.secret })}\n` : `${created.secret}\n`)
    }
  })
}

async function revoke(context: CommandContext, id: string, options: Json): Promise<void> {
  await withApp(context, async (app) => {
    if (!(await revokeToken(app.operators, id, byCommandLine))) throw new StartFailure([`there is no API token ${id}`])
    context.say(options.json ? `${JSON.stringify({ revoked: true })}\n` : 'Revoked. The token no longer works.\n')
  })
}
