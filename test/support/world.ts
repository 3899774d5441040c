import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type PublishedFeeds, publishFeeds } from '../../src/app/feeds.ts'
import { type App, openApp } from '../../src/app/rest.ts'
import { readConfig } from '../../src/config.ts'
import { runDue } from '../../src/digests/schedule/run-due.ts'
import { startRenderer } from '../../src/email/renderer.ts'
import { pruneOutbox } from '../../src/outbox/prune.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { readPublication } from '../../src/publication/read.ts'
import { pruneSubscribers } from '../../src/subscribers/retention.ts'
import { makeContent } from './content.ts'
import { type Engine, freshDatabase } from './databases.ts'
import { type DrivenClock, drivenClock } from './driven-clock.ts'
import { quietLog } from './quiet.ts'
import { type Receiver, type ReceiverBehaviour, startReceiver } from './receiver.ts'
import { signUp } from './sign-up.ts'

export interface World extends AsyncDisposable {
  readonly app: App
  readonly published: PublishedFeeds
  readonly clock: DrivenClock
  readonly receiver: Receiver
  readonly content: Awaited<ReturnType<typeof makeContent>>
}

/** Shared by all worlds of a test file, because starting its process takes most of a second. It ends with the file. */
const renderer = startRenderer(resolve('templates'))

const origin = 'https://tide.example.org'

/** The whole app on real parts: a database of `engine`, files on disk, a real SMTP receiver, and a clock that the test sets. */
export async function startWorld(options: {
  readonly engine?: Engine
  readonly now?: string
  readonly articles?: Readonly<Record<string, string>>
  readonly publication?: string
  /** Further files of the content folder, by path. */
  readonly files?: Readonly<Record<string, string>>
  readonly receiver?: ReceiverBehaviour
  /** In addition to the addresses of the parts. */
  readonly env?: Readonly<Record<string, string>>
}): Promise<World> {
  await using parts = new AsyncDisposableStack()
  const data = await mkdtemp(join(tmpdir(), 'broadsheet-data-'))
  parts.defer(() => rm(data, { recursive: true, force: true }))
  const content = parts.use(await makeContent(options.articles ?? {}, options.publication))
  for (const [path, file] of Object.entries(options.files ?? {})) await content.write(path, file)
  const receiver = parts.use(await startReceiver(options.receiver))
  const clock = drivenClock(options.now ?? '2026-11-20T09:00:00Z')
  const fresh = await freshDatabase(options.engine ?? 'sqlite')
  parts.defer(fresh.remove)
  const reading = readConfig(
    {
      CONTENT_DIR: content.folder,
      DATA_DIR: data,
      TEMPLATES_DIR: resolve('templates'),
      SMTP_URL: receiver.url,
      PUBLIC_URL: origin,
      ...options.env,
    },
    data,
  )
  if (!reading.ok) throw new Error(reading.errors.join('\n'))
  const read = () => readPublication(content.folder, origin, origin)
  const publication = await read()
  if (!publication.ok) throw new Error(JSON.stringify(publication.problems))
  const config = { ...reading.config, databaseAddress: fresh.address }
  const context = { clock, random: systemRandom(), log: quietLog }
  const app = parts.use(await openApp(config, { ...context, renderer }, publication, read))
  const published = parts.use(await publishFeeds(app, context))
  // As at the start of the service: registers the digests.
  await runDue(app.digests)
  const owned = parts.move()
  return { app, published, clock, receiver, content, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Signs up and confirms with the link in the email, as a reader does. */
export async function becomeReader(world: World, email: string, digests: readonly string[], topics: readonly string[] = []): Promise<void> {
  const { confirm } = await import('../../src/subscribers/sign-up/confirm.ts')
  const { app, receiver } = world
  const asked = await signUp(app.subscribers, { email, digests, topics, name: '', source: 'test', wording: 'Yes' })
  if (asked.status !== 'asked') throw new Error(JSON.stringify(asked))
  await app.sender.drain()
  const mail = receiver.received.findLast((one) => one.to === email && one.source.includes('/confirm/'))
  const token = /\/confirm\/([\w-]{43})/.exec(mail?.mail.text ?? '')?.[1]
  const confirmed = await confirm(app.subscribers, token ?? '')
  if (confirmed.status !== 'confirmed') throw new Error(`not confirmed: ${confirmed.status}`)
  await app.sender.drain()
}

/** Prunes all modules at the time of the world's clock, as the retention job does every hour. */
export async function prune({ app, clock }: World): Promise<void> {
  const { signal } = new AbortController()
  await pruneSubscribers(app.subscribers, clock.now(), signal)
  await pruneOutbox(app.subscribers, clock.now(), signal)
}

/** The messages of a digest to one address, in order. */
export function issuesTo(world: World, email: string, digest = 'weekly') {
  return world.receiver.received.filter((one) => one.to === email && one.source.includes(`<${digest}.tide.example.org>`))
}
