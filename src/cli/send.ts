import { resolve } from 'node:path'
import type { App } from '../app/rest.ts'
import { nothingToShow, previewIssue, sendTest } from '../digests/edition/preview.ts'
import { createIssue } from '../digests/issue/create-issue.ts'
import { issueJson } from '../digests/issue/issue-json.ts'
import { findIssue, lastIssueOf } from '../digests/issue/issues.ts'
import { faultsIn } from '../digests/notes/edit-note.ts'
import { writeNote } from '../digests/notes/write-note.ts'
import { continueIssues } from '../digests/schedule/run-due.ts'
import { readSendingHold } from '../outbox/sending-hold.ts'
import type { Actor } from '../platform/actor.ts'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import { namesIn } from '../subscribers/names.ts'
import { countReaders } from '../subscribers/readers.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { readNoteAt } from './notes.ts'
import { digestNamed } from './preview.ts'
import { stopSignal } from './stop-signal.ts'
import { withApp } from './with-app.ts'

const byCommand: Actor = { operator: null, via: 'cli' }

interface SendOptions {
  readonly dryRun?: true
  readonly test?: string
  readonly key?: string
  readonly articles?: string
  readonly note?: string
  readonly json?: true
}

export const sendCommand: AddCommand = (program, context, finish) => {
  program
    .command('send <digest>')
    .description('send the next issue of a digest now')
    .option('--dry-run', 'print what would be sent and to how many; send nothing')
    .option('--test <address>', 'send a test to this address only; no issue is created')
    .option('--key <key>', 'idempotency key: a second call with the same key returns the same issue')
    .option('--articles <names>', 'only these articles, by slug or id with commas between, instead of all that are new')
    .option('--note <file>', 'a note for this issue, instead of the one that applies')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', exampleText('send weekly --dry-run', 'send weekly --test me@example.org', 'send weekly --key monday'))
    .action(async (name: string, options: SendOptions) => {
      if ((options.dryRun || options.test !== undefined) && (options.articles ?? options.note) !== undefined)
        throw new Misuse(['--articles and --note go without --dry-run and --test'])
      const note = options.note === undefined ? undefined : writeNote(await readNoteAt(resolve(context.folder, options.note)))
      await withApp(context, async (app) => {
        const definition = digestNamed(app, name)
        if (options.dryRun) return finish(await dryRun(context, app, name, options))
        if (options.test !== undefined) return finish(await test(context, app, name, options))
        const faults = note === undefined ? [] : faultsIn(app.digests, note)
        if (faults.length > 0) throw new StartFailure(faults.map(({ reason }) => `${options.note}: ${reason}`))
        const created = await createIssue(app.digests, definition, {
          by: byCommand,
          ...(options.articles === undefined ? {} : { articles: namesIn(options.articles) }),
          ...(note === undefined ? {} : { note }),
          ...(options.key === undefined ? {} : { key: options.key }),
        })
        if (created.status !== 'created' && created.status !== 'same') {
          const reason = 'reason' in created ? created.reason : 'another process has just created it'
          context.complain(`broadsheet: no issue was created: ${reason}\n`)
          // Continue an issue that an earlier command did not finish.
          const last = await lastIssueOf(app.digests, name)
          if (last?.issue.state !== 'preparing' && last?.issue.state !== 'sending') return finish(1)
          return finish((await deliverIssue(context, app, last.issue.id, ', continued', options)) ? 0 : 1)
        }
        const remark = created.status === 'same' ? ', created before with this key' : ''
        if (created.issue.state === 'finished' || created.issue.state === 'cancelled') {
          const found = await findIssue(app.digests, created.issue.id)
          if (found) printIssue(context, issueJson(found), remark, options)
          return
        }
        if (!(await deliverIssue(context, app, created.issue.id, remark, options))) finish(1)
      })
    })
}

/** Sends the issue and prints it. False if some due mail was not tried, or the issue was paused because receivers refuse it. */
async function deliverIssue(context: CommandContext, app: App, issueId: string, note: string, options: SendOptions): Promise<boolean> {
  const delivered = await deliver(context, app)
  const found = await findIssue(app.digests, issueId)
  if (!found) return delivered
  const issue = issueJson(found)
  printIssue(context, issue, note, options)
  return delivered && issue.state !== 'paused'
}

async function dryRun(context: CommandContext, app: App, name: string, options: SendOptions): Promise<number> {
  const preview = await previewIssue(app.digests, digestNamed(app, name))
  if (!preview) throw new StartFailure([`${name}: ${nothingToShow}`])
  if (!preview.hasNewArticles) {
    context.complain('broadsheet: no issue would be created: this digest has no new articles\n')
    return 1
  }
  const readers = (await countReaders(app.subscribers)).get(name) ?? 0
  const { subject, bytes, articles, warnings } = preview
  if (options.json) {
    context.say(`${JSON.stringify({ digest: name, subject, bytes, articles, readers, warnings })}\n`)
    return 0
  }
  for (const warning of warnings) context.complain(`broadsheet: ${warning}\n`)
  context.say(`Would send "${subject}" (${bytes} bytes) to ${readers} ${readers === 1 ? 'reader' : 'readers'} of ${name}, with:\n`)
  for (const slug of articles) context.say(`  ${slug}\n`)
  return 0
}

async function test(context: CommandContext, app: App, name: string, options: SendOptions): Promise<number> {
  const tested = await sendTest(app.digests, digestNamed(app, name), options.test ?? '', byCommand)
  if (tested.status === 'invalid') {
    context.complain(`broadsheet: --test: ${tested.reason}\n`)
    return 1
  }
  const delivered = await deliver(context, app)
  if (options.json) context.say(`${JSON.stringify({ mailing: tested.mailingId })}\n`)
  else context.say(`A test of ${name} ${delivered ? 'is on its way to' : 'is queued for'} ${options.test}.\n`)
  return delivered ? 0 : 1
}

/** Prints why and returns false if some due mail was not tried. */
async function deliver(context: CommandContext, app: App): Promise<boolean> {
  const isAlone = await app.sender.takeOver()
  const stopped = stopSignal().then(async (signal) => {
    // Wait for deliveries in hand-over: they would become uncertain.
    await app.sender.stop()
    return `stopped (${signal}); ${whenQueuedMailIsSent}`
  })
  const reason = await Promise.race([deliverAll(context, app, isAlone), stopped])
  if (reason !== undefined) context.complain(`broadsheet: ${reason}\n`)
  return reason === undefined
}

const whenQueuedMailIsSent = 'queued mail is sent when a server runs or you run the command again'

/**
 * Without a running server, sends until everything is settled. With one, only writes rows: the server sends. Returns the reason if it
 * cannot send.
 */
async function deliverAll(context: CommandContext, app: App, isAlone: boolean): Promise<string | undefined> {
  await continueIssues(app.digests)
  const hold = await readSendingHold(app.database)
  if (hold) return `sending is held (${hold.reason}); to release it: broadsheet sending --release`
  if (!isAlone) {
    context.complain('broadsheet: a running server delivers it\n')
    return undefined
  }
  context.complain(`broadsheet: no server is running, so this command delivers it${app.mailbox ? ' to the built-in mailbox' : ''}\n`)
  let drained = await app.sender.drain()
  // The rest of an issue follows when its first batch went well.
  await continueIssues(app.digests)
  if (drained.status !== 'unavailable') drained = await app.sender.drain()
  return drained.status === 'unavailable' ? `${drained.reason}; ${whenQueuedMailIsSent}` : undefined
}

function printIssue(context: CommandContext, issue: ReturnType<typeof issueJson>, note: string, options: SendOptions): void {
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
