import type { Command } from 'commander'
import type { Actor } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import { pageOfDeliveries, replayDelivery, sendTest } from '../webhooks/deliveries.ts'
import { type WebhookDelivery, webhookDeliveryJson } from '../webhooks/delivery.ts'
import { type Endpoint, endpointJson } from '../webhooks/endpoint.ts'
import {
  addEndpoint,
  changeEndpoint,
  type InvalidEndpoint,
  maxEndpoints,
  pageOfEndpoints,
  removeEndpoint,
  rotateSecret,
} from '../webhooks/endpoints.ts'
import { type EventType, eventTypes } from '../webhooks/event.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { withApp } from './with-app.ts'

const by: Actor = { operator: null, via: 'cli' }

interface Options {
  readonly types?: readonly EventType[]
  readonly url?: string
  readonly description?: string
  readonly enable?: true
  readonly disable?: true
  readonly limit?: string
  readonly after?: string
  readonly json?: true
}

/** The parent command `broadsheet webhooks`; created by its first subcommand. */
function webhooksProgram(program: Command): Command {
  return (
    program.commands.find((one) => one.name() === 'webhooks') ??
    program.command('webhooks').description('tell other programs of issues, readers and articles')
  )
}

function example(command: Command, line: string): Command {
  return command.option('--json', 'as JSON').addHelpText('after', `\nExample:\n  broadsheet webhooks ${line}`)
}

export const webhooksListCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program).command('list').description('list the webhooks, oldest first')
  example(command, 'list').action(async ({ json }: Options) => {
    await withApp(context, async ({ webhooks }) => {
      const endpoints = await pageOfEndpoints(webhooks, { limit: maxEndpoints })
      if (json) return context.say(`${JSON.stringify({ items: endpoints.map((one) => endpointJson(one)), next: null })}\n`)
      if (endpoints.length === 0) context.say('No webhooks yet. To add one: broadsheet webhooks add URL\n')
      for (const endpoint of endpoints) context.say(lineOf(endpoint))
    })
  })
}

export const webhooksAddCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program)
    .command('add <url>')
    .description('add a webhook and print its secret, which is shown only once')
    .option('--types <list>', 'event types, with commas between; default: all', readTypes)
    .option('--description <text>', 'a note for operators')
  example(command, 'add https://example.org/hook --types issue.finished,subscriber.confirmed').action(
    async (url: string, options: Options) => {
      const { types, description, json } = options
      await withApp(context, async ({ webhooks }) => {
        const added = await addEndpoint(webhooks, { url, types, description }, by)
        if (added.status === 'invalid') throw refusal(added)
        if (added.status === 'full') throw new StartFailure([`there are ${maxEndpoints} webhooks already: remove one first`])
        if (json) return context.say(`${JSON.stringify(endpointJson(added.endpoint, added.secret))}\n`)
        context.say(`${lineOf(added.endpoint)}Secret, shown only now: ${added.secret}\n`)
      })
    },
  )
}

export const webhooksChangeCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program)
    .command('change <id>')
    .description('change a webhook; what is not named stays')
    .option('--url <url>', 'another address')
    .option('--types <list>', 'event types, with commas between', readTypes)
    .option('--description <text>', 'a note for operators')
    .option('--enable', 'tell it of events again')
    .option('--disable', 'tell it of nothing, and cancel what it is still owed')
  example(command, 'change ID --disable').action(async (id: string, options: Options) => {
    const { url, types, description, enable, disable, json } = options
    if (enable && disable) throw new Misuse(['webhooks change takes --enable or --disable, not both'])
    await withApp(context, async ({ webhooks }) => {
      const isEnabled = enable ? true : disable ? false : undefined
      const changed = known(await changeEndpoint(webhooks, id, { url, types, description, isEnabled }, by), id)
      if ('status' in changed) throw refusal(changed)
      context.say(json ? `${JSON.stringify(endpointJson(changed))}\n` : lineOf(changed))
    })
  })
}

export const webhooksRemoveCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program).command('remove <id>').description('remove a webhook and its log')
  example(command, 'remove ID').action(async (id: string, { json }: Options) => {
    await withApp(context, async ({ webhooks }) => {
      if (!(await removeEndpoint(webhooks, id, by))) throw unknown(id)
      context.say(json ? `${JSON.stringify({ removed: id })}\n` : `Removed ${id}.\n`)
    })
  })
}

export const webhooksRotateCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program)
    .command('rotate <id>')
    .description('make a new secret and print it; the old one signs too for 24 hours')
  example(command, 'rotate ID').action(async (id: string, { json }: Options) => {
    await withApp(context, async ({ webhooks }) => {
      const { endpoint, secret } = known(await rotateSecret(webhooks, id, by), id)
      if (json) return context.say(`${JSON.stringify(endpointJson(endpoint, secret))}\n`)
      context.say(`Secret, shown only now: ${secret}\nThe old one signs too until ${endpoint.previousUntil?.toISOString()}.\n`)
    })
  })
}

export const webhooksTestCommand: AddCommand = (program, context, finish) => {
  const command = webhooksProgram(program).command('test <id>').description('send a test event now; exit code 1 if it fails')
  example(command, 'test ID').action(async (id: string, { json }: Options) => {
    await withApp(context, async ({ webhooks }) => {
      const delivery = known(await sendTest(webhooks, id, by), id)
      sayDelivery(context, delivery, json)
      if (delivery.state !== 'succeeded') finish(1)
    })
  })
}

export const webhooksLogCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program)
    .command('log <id>')
    .description('list the deliveries of a webhook with their attempts, newest first')
    .option('--limit <number>', 'number of deliveries, up to 1000', '50')
    .option('--after <id>', 'continue after this delivery')
  example(command, 'log ID --limit 10').action(async (id: string, options: Options) => {
    const limit = Number(options.limit)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new Misuse(['--limit: must be a number from 1 to 1000'])
    await withApp(context, async ({ webhooks }) => {
      const found = known(await pageOfDeliveries(webhooks, id, { before: options.after, limit: limit + 1 }), id)
      const shown = found.slice(0, limit)
      const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null
      if (options.json) return context.say(`${JSON.stringify({ items: shown.map(webhookDeliveryJson), next })}\n`)
      if (shown.length === 0) context.say('Nothing was delivered yet.\n')
      for (const delivery of shown) sayDelivery(context, delivery)
      if (next !== null) context.say(`More: --after ${next}\n`)
    })
  })
}

export const webhooksReplayCommand: AddCommand = (program, context) => {
  const command = webhooksProgram(program)
    .command('replay <id> <delivery>')
    .description('queue a delivery again; the running server sends it')
  example(command, 'replay ID DELIVERY').action(async (id: string, delivery: string, { json }: Options) => {
    await withApp(context, async ({ webhooks }) => {
      const replayed = await replayDelivery(webhooks, id, delivery, by)
      if (replayed.status === 'unknown') throw new StartFailure([`there is no delivery ${delivery} of webhook ${id}`])
      if (replayed.status === 'refused') throw new StartFailure([replayed.reason])
      sayDelivery(context, replayed.delivery, json)
    })
  })
}

function sayDelivery(context: CommandContext, delivery: WebhookDelivery, json?: true): void {
  if (json) {
    context.say(`${JSON.stringify(webhookDeliveryJson(delivery))}\n`)
    return
  }
  context.say(`${delivery.createdAt.toISOString()}  ${delivery.id}  ${delivery.type}  ${delivery.state}\n`)
  for (const { at, tookMs, status, reason } of delivery.attempts) {
    context.say(`  ${at.toISOString()}  ${reason ?? `answered ${status}`} (${tookMs} ms)\n`)
  }
}

function lineOf({ id, url, types, isEnabled, disabledReason, failures }: Endpoint): string {
  const state = isEnabled ? (failures > 0 ? `failed ${failures} times in a row` : 'enabled') : (disabledReason ?? 'disabled')
  return `${id}  ${url}  ${types.length === eventTypes.length ? 'all types' : types.join(', ')}  ${state}\n`
}

function readTypes(text: string): EventType[] {
  return text.split(',').map((word) => {
    const type = eventTypes.find((one) => one === word.trim())
    if (!type) throw new Misuse([`--types: unknown type: ${word.trim()} (there are ${eventTypes.join(', ')})`])
    return type
  })
}

function known<Found>(found: Found | undefined, id: string): Found {
  if (found === undefined) throw unknown(id)
  return found
}

function unknown(id: string): StartFailure {
  return new StartFailure([`there is no webhook ${id}`])
}

function refusal({ field, reason }: InvalidEndpoint): StartFailure {
  return new StartFailure([`${field}: ${reason}`])
}
