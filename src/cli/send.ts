import type { App } from '../app/rest.ts'
import { nothingToShow, previewIssue, sendTest } from '../digests/edition/preview.ts'
import { createIssue } from '../digests/issue/create-issue.ts'
import { issueJson } from '../digests/issue/issue-json.ts'
import { findIssue, lastIssueOf } from '../digests/issue/issues.ts'
import { continueIssues } from '../digests/schedule/run-due.ts'
import { readSendingHold } from '../outbox/sending-hold.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { countReaders } from '../subscribers/readers.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { digestCalled } from './preview.ts'
import { stopSignal } from './stop-signal.ts'
import { withApp } from './with-app.ts'

interface SendOptions {
  readonly dryRun?: true
  readonly test?: string
  readonly key?: string
  readonly json?: true
}

export const sendCommand: AddCommand = (program, context, finish) => {
  program
    .command('send <digest>')
    .description('send the next issue of a digest now')
    .option('--dry-run', 'only say what would be sent, and to how many')
    .option('--test <address>', 'send it to this address alone; it does not count as an issue')
    .option('--key <key>', 'a second call with the same key answers with the same issue')
    .option('--json', 'the answer as JSON')
    .action(async (name: string, options: SendOptions) => {
      await withApp(context, async (app) => {
        const definition = digestCalled(app, name)
        if (options.dryRun) return dryRun(context, app, name, options)
        if (options.test !== undefined) return finish(await test(context, app, name, options))
        const created = await createIssue(app.digests, definition, options.key === undefined ? {} : { key: options.key })
        if (created.status !== 'created' && created.status !== 'same') {
          const reason = 'reason' in created ? created.reason : 'another process has just recorded it'
          context.complain(`broadsheet: no issue was created: ${reason}\n`)
          // The same command goes on with what an earlier one did not bring to its end.
          const last = await lastIssueOf(app.digests, name)
          if (last?.issue.state !== 'preparing' && last?.issue.state !== 'sending') return finish(1)
          return finish((await carryOut(context, app, last.issue.id, ', which goes on', options)) ? 0 : 1)
        }
        const note = created.status === 'same' ? ', created before with this key' : ''
        if (!(await carryOut(context, app, created.issue.id, note, options))) finish(1)
      })
    })
}

/** False where not all that is due was tried, or the other side refuses it, of which whoever calls this from a script has to hear. */
async function carryOut(context: CommandContext, app: App, issueId: string, note: string, options: SendOptions): Promise<boolean> {
  const delivered = await deliver(context, app)
  const found = await findIssue(app.digests, issueId)
  if (!found) return delivered
  const issue = issueJson(found)
  tell(context, issue, note, options)
  return delivered && issue.state !== 'paused'
}

async function dryRun(context: CommandContext, app: App, name: string, options: SendOptions): Promise<void> {
  const preview = await previewIssue(app.digests, digestCalled(app, name))
  if (!preview) throw new StartFailure([`${name}: ${nothingToShow}`])
  const readers = (await countReaders(app.subscribers)).get(name) ?? 0
  const { subject, bytes, articles, warnings } = preview
  if (options.json) return context.say(`${JSON.stringify({ digest: name, subject, bytes, articles, readers, warnings })}\n`)
  for (const warning of warnings) context.complain(`broadsheet: ${warning}\n`)
  context.say(`Would send "${subject}" (${bytes} bytes) to ${readers} ${readers === 1 ? 'reader' : 'readers'} of ${name}, with:\n`)
  for (const slug of articles) context.say(`  ${slug}\n`)
}

async function test(context: CommandContext, app: App, name: string, options: SendOptions): Promise<number> {
  const tested = await sendTest(app.digests, digestCalled(app, name), options.test ?? '')
  if (tested.status === 'invalid') {
    context.complain(`broadsheet: --test: ${tested.reason}\n`)
    return 1
  }
  const delivered = await deliver(context, app)
  if (options.json) context.say(`${JSON.stringify({ mailing: tested.mailingId })}\n`)
  else context.say(`A test of ${name} ${delivered ? 'is on its way to' : 'waits to be sent to'} ${options.test}.\n`)
  return delivered ? 0 : 1
}

/** False where not all that is due was tried, which is told. */
async function deliver(context: CommandContext, app: App): Promise<boolean> {
  const isAlone = await app.sender.takeOver()
  const stopped = stopSignal().then(async (signal) => {
    // What is being handed over is waited for: it would be uncertain.
    await app.sender.stop()
    return `stopped (${signal}); ${whenQueuedGoes}`
  })
  const fault = await Promise.race([deliverAll(context, app, isAlone), stopped])
  if (fault !== undefined) context.complain(`broadsheet: ${fault}\n`)
  return fault === undefined
}

const whenQueuedGoes = 'what is queued goes out when a server runs or the command is given again'

/**
 * Rows are all that is written where a server is running; where none is, this process sends until all is settled. Returns what keeps it
 * from that.
 */
async function deliverAll(context: CommandContext, app: App, isAlone: boolean): Promise<string | undefined> {
  await continueIssues(app.digests)
  const hold = await readSendingHold(app.database)
  if (hold) return `nothing is sent now: ${hold.reason}; to let it go: broadsheet sending --release`
  if (!isAlone) {
    context.complain('broadsheet: a running server delivers it\n')
    return undefined
  }
  context.complain(`broadsheet: no server is running, so this command delivers it${app.mailbox ? ' to the built-in mailbox' : ''}\n`)
  let drained = await app.sender.drain()
  // What waited for a first batch to go well follows now.
  await continueIssues(app.digests)
  if (drained.status !== 'unavailable') drained = await app.sender.drain()
  return drained.status === 'unavailable' ? `${drained.reason}; ${whenQueuedGoes}` : undefined
}

function tell(context: CommandContext, issue: ReturnType<typeof issueJson>, note: string, options: SendOptions): void {
  if (options.json) {
    context.say(`${JSON.stringify(issue)}\n`)
    return
  }
  const { audience, ...counts } = issue.counts
  const isPaused = issue.state === 'paused'
  const parts = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state.replace('_', ' ')}`] : []))
  context.say(`Issue ${issue.number} of ${issue.digest}${note}: ${issue.state}${isPaused && issue.reason ? ` (${issue.reason})` : ''}\n`)
  context.say(
    `  ${issue.subject}\n  ${audience === null ? `its audience is ${isPaused ? 'not complete' : 'being counted'}` : `audience ${audience}`}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}\n`,
  )
}
