import { type Command, Option } from 'commander'
import type { App } from '../app/rest.ts'
import type { IssueState } from '../digests/issue/issue.ts'
import { issueStates } from '../digests/issue/issue.ts'
import {
  type Acting,
  type ActionOutcome,
  approveIssue,
  cancelIssue,
  decideUncertain,
  pauseIssue,
  resumeIssue,
  retryFailed,
} from '../digests/issue/issue-actions.ts'
import { issueJson } from '../digests/issue/issue-json.ts'
import { type CountedIssue, deliveriesOf, findIssue, findIssueByNumber, pageOfIssues } from '../digests/issue/issues.ts'
import { liveIssueJson, progressOf } from '../digests/issue/progress.ts'
import { domainJson, failureJson } from '../digests/issue/survey-json.ts'
import { type DeliveryState, deliveryStates } from '../outbox/delivery.ts'
import { deliveryJson } from '../outbox/delivery-json.ts'
import { readReplies } from '../outbox/survey.ts'
import type { Actor } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { readLimit } from './limit-option.ts'
import { withApp } from './with-app.ts'

const by: Actor = { operator: null, via: 'cli' }
/** Domains that `show` prints; `--json` has all. */
const domainLines = 10

interface ListOptions {
  readonly limit: string
  readonly digest?: string
  readonly state?: IssueState
  readonly before?: string
  readonly json?: true
}

export const issuesCommand: AddCommand = (program, context) => {
  const issues = program.command('issues').description('list and show issues, and act on them')
  addList(issues, context)
  addShow(issues, context)
  addDeliveries(issues, context)
  const verbs = {
    approve: ['send a held issue', approveIssue],
    pause: ['hand nothing more over until it is resumed', (digests, id, acting) => pauseIssue(digests, id, acting)],
    resume: ['continue a paused issue', resumeIssue],
    cancel: ['cancel what is queued, for good', cancelIssue],
  } satisfies Record<string, readonly [string, Verb]>
  for (const [name, [description, verb]] of Object.entries(verbs)) addAct(issues, context, name, description, verb)
  addAct(issues, context, 'retry', 'queue the failed messages again', retryFailed, (command) =>
    command.option('--group <group>', 'only one group of failures; show names the groups'),
  )
  addAct(
    issues,
    context,
    'uncertain',
    'decide about messages of which nobody knows whether they arrived',
    (digests, id, options) => decideUncertain(digests, id, options.resend ? 'resend' : 'let_be', options),
    (command) =>
      command
        .option('--resend', 'send them again; a reader may get one twice')
        .option('--let-be', 'leave them; a reader may never get one'),
    (options) => {
      if (Boolean(options.resend) === Boolean(options.letBe)) throw new Misuse(['issues uncertain takes --resend or --let-be'])
    },
  )
}

function addList(issues: Command, context: CommandContext): void {
  issues
    .command('list', { isDefault: true })
    .description('list the issues with their counts, newest first')
    .option('--digest <name>', 'only of this digest')
    .addOption(new Option('--state <state>', 'only in this state').choices(issueStates))
    .option('--limit <number>', 'number of issues, up to 1000', '50')
    .option('--before <id>', 'continue after this issue')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  broadsheet issues\n  broadsheet issues list --digest weekly --state held --json')
    .action(async ({ digest, state, before, ...options }: ListOptions) => {
      const limit = readLimit(options.limit)
      await withApp(context, async (app) => {
        const found = (await pageOfIssues(app.digests, { limit, before, digest, state })).map(issueJson)
        if (options.json) return context.say(`${JSON.stringify(found)}\n`)
        if (found.length === 0) {
          const isFiltered = digest !== undefined || state !== undefined || before !== undefined
          context.say(isFiltered ? 'No issue matches.\n' : 'No issues yet. To create one: broadsheet send DIGEST\n')
        }
        for (const { digest: name, number, state: now, subject, counts } of found) {
          context.say(`${name} ${number}  ${now}  ${counts.sent} of ${counts.audience ?? '?'} sent  ${subject}\n`)
        }
      })
    })
}

function addShow(issues: Command, context: CommandContext): void {
  issues
    .command('show <issue>')
    .description('show one issue: counts, rate, failures by reply, deliveries by receiving domain')
    .option('--json', 'as JSON')
    .addHelpText('after', examplesOf('show'))
    .action(async (name: string, options: { json?: true }) => {
      await withApp(context, async (app) => {
        const found = await issueNamed(app, name)
        const [progress] = await progressOf(app.digests, [found.issue.id])
        const survey = await app.digests.surveys.complete(found)
        const replies = await readReplies(
          app.database,
          (survey?.failures ?? []).map(({ example }) => example),
        )
        const failures = (survey?.failures ?? []).map((group) => failureJson(group, replies.get(group.example), (text) => text))
        const domains = (survey?.domains ?? []).map(domainJson)
        const { rate, left_seconds } = progress ? liveIssueJson(progress) : { rate: null, left_seconds: null }
        if (options.json) return context.say(`${JSON.stringify({ ...issueJson(found), rate, left_seconds, failures, domains })}\n`)
        printIssue(context, found)
        if (rate !== null) context.say(`  ${rate} a second${left_seconds === null ? '' : `, about ${left_seconds} seconds left`}\n`)
        for (const { group, count, text, may_pass } of failures)
          context.say(`  failed ${count}  ${text || 'no reason on record'}  group ${group}${may_pass ? ', a retry may succeed' : ''}\n`)
        for (const one of domains.slice(0, domainLines))
          context.say(
            `  ${one.domain || 'erased readers'}  ${one.sent} sent, ${one.waiting} waiting, ${one.failed} failed, ${one.bounced} bounced\n`,
          )
      })
    })
}

interface DeliveriesOptions {
  readonly state?: DeliveryState
  readonly limit: string
  readonly after?: string
  readonly json?: true
}

function addDeliveries(issues: Command, context: CommandContext): void {
  issues
    .command('deliveries <issue>')
    .description('list the deliveries of an issue, with address and reason')
    .addOption(new Option('--state <state>', 'only in this state').choices(deliveryStates))
    .option('--limit <number>', 'number of deliveries, up to 1000', '50')
    .option('--after <id>', 'continue after this delivery')
    .option('--json', 'as JSON')
    .addHelpText('after', examplesOf('deliveries --state failed'))
    .action(async (name: string, { state, after, ...options }: DeliveriesOptions) => {
      const limit = readLimit(options.limit)
      if (after !== undefined && !/^\d{1,15}$/.test(after)) throw new Misuse(['--after: must be the id of a delivery'])
      await withApp(context, async (app) => {
        const { issue } = await issueNamed(app, name)
        const page = { after: Number(after ?? 0), limit: limit + 1, ...(state ? { state } : {}) }
        const found = await deliveriesOf(app.digests, issue.id, page)
        const items = found.slice(0, limit).map(deliveryJson)
        const next = found.length > limit ? (items.at(-1)?.id ?? null) : null
        if (options.json) return context.say(`${JSON.stringify({ items, next: next === null ? null : String(next) })}\n`)
        if (items.length === 0) context.say('No delivery matches.\n')
        for (const one of items) context.say(`${one.id}  ${one.address}  ${one.state}${one.reason ? `  ${one.reason}` : ''}\n`)
        if (next !== null) context.say(`More: --after ${next}\n`)
      })
    })
}

type ActOptions = Acting & { readonly group?: string; readonly resend?: true; readonly letBe?: true; readonly json?: true }
type Verb = (digests: App['digests'], id: string, options: ActOptions) => Promise<ActionOutcome>

function addAct(
  issues: Command,
  context: CommandContext,
  name: string,
  description: string,
  verb: Verb,
  withOptions: (command: Command) => Command = (command) => command,
  check: (options: ActOptions) => void = () => {},
): void {
  withOptions(issues.command(`${name} <issue>`).description(description))
    .option('--json', 'print the issue as JSON')
    .addHelpText('after', examplesOf(name === 'uncertain' ? 'uncertain --let-be' : name))
    .action(async (named: string, options: ActOptions) => {
      check(options)
      await withApp(context, async (app) => {
        const { issue } = await issueNamed(app, named)
        const outcome = await verb(app.digests, issue.id, { ...options, by })
        if (outcome.status === 'refused') throw new StartFailure([outcome.reason])
        const found = await findIssue(app.digests, issue.id)
        if (!found) throw new StartFailure([`there is no issue ${named}`])
        if (options.json) return context.say(`${JSON.stringify(issueJson(found))}\n`)
        printIssue(context, found)
        if (found.issue.state === 'preparing' || found.issue.state === 'sending')
          context.complain('broadsheet: a running server delivers it; without one: broadsheet start\n')
      })
    })
}

function examplesOf(words: string): string {
  return `\nISSUE is an id, or DIGEST/NUMBER.\n\nExamples:\n  broadsheet issues ${words} weekly/12\n  broadsheet issues ${words} weekly/12 --json`
}

/** Whether this names an issue, and not a digest: `DIGEST/NUMBER`, or an id. */
export function isIssueName(name: string): boolean {
  return /\/\d{1,9}$/.test(name) || /^[\da-f]{8}-[\da-f-]{27}$/.test(name)
}

export async function issueNamed(app: App, name: string): Promise<CountedIssue> {
  const [, digest, number] = /^(.+)\/(\d{1,9})$/.exec(name) ?? []
  const found = digest === undefined ? await findIssue(app.digests, name) : await findIssueByNumber(app.digests, digest, Number(number))
  if (!found) throw new StartFailure([`there is no issue ${name}; broadsheet issues lists them`])
  return found
}

function printIssue(context: CommandContext, found: CountedIssue): void {
  const { id, digest, number, state, reason, subject, counts } = issueJson(found)
  const { audience, ...states } = counts
  const parts = Object.entries(states).flatMap(([name, count]) => (count > 0 ? [`${count} ${name.replace('_', ' ')}`] : []))
  context.say(`Issue ${number} of ${digest}: ${state}${reason === null ? '' : ` (${reason})`}\n  ${subject}\n  ${id}\n`)
  context.say(`  audience ${audience ?? 'not counted yet'}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}\n`)
}
