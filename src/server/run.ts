import type { AddressInfo } from 'node:net'
import { checkSecrets } from '../app/check-secrets.ts'
import { openCore } from '../app/core.ts'
import { publishFeeds } from '../app/feeds.ts'
import { readConfig } from '../config.ts'
import { webhookWarnings } from '../inbound/webhook-secrets.ts'
import type { Clock } from '../platform/clock.ts'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import { isPostgres } from '../platform/database/open.ts'
import { needsVacuum } from '../platform/database/vacuum.ts'
import { logError, openLog } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import { StartFailure, sentenceOf } from '../platform/start-failure.ts'
import { faultOfTemplatesFolder } from '../platform/template-folders.ts'
import { describeProblem, readPublication } from '../publication/read.ts'
import { welcomeJson, welcomeText } from './banner.ts'
import { openHttp } from './http.ts'
import { closeServer, listen } from './listen.ts'
import { proxyWarning } from './proxy-warning.ts'
import { type Readiness, startReadiness } from './readiness.ts'
import { startWork, type Work } from './work.ts'
import { openWorkerHttp } from './worker-http.ts'

/** What the process provides. The addresses of SMTP and the database are in `env`. */
export interface ProcessContext {
  readonly clock: Clock
  readonly random: Random
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative paths in `env` start here. */
  readonly folder: string
  /** Prints the start message, for people. */
  readonly say: (text: string) => void
  /** Prints the start message as one line of JSON instead. */
  readonly saysJson?: boolean
  /** Whether the log goes to a terminal. */
  readonly isTerminal: boolean
  /** Whether `say` writes to a terminal; default: `isTerminal`. */
  readonly isOutputTerminal?: boolean
}

export interface Running {
  /** The URL it listens on: `http://127.0.0.1:3000`. */
  readonly address: string
  /** Reads the content folder again, whether or not it reported a change. */
  reread(): Promise<void>
  /** Refuses new requests and deliveries, finishes running ones, closes everything. Idempotent: later calls return the same promise. */
  stop(): Promise<void>
}

/** Poll interval for rows written by other processes, such as the command line. */
const pollMs = 2_000

/** Starts in this order: config, listening, core, feeds, rest. Throws a StartFailure with one reason for each problem. */
export async function run(context: ProcessContext): Promise<Running> {
  const reading = readConfig(context.env, context.folder)
  if (!reading.ok) throw new StartFailure(reading.errors)
  const { config } = reading
  const log = openLog(config.logLevel, context.isTerminal)
  for (const warning of config.warnings) log.warn(warning)
  // Listen first: PORT may be 0, and links need the real port. Requests wait until `open` is called.
  const { server, open, allowBeside } = await listen(config, log)
  await using opening = new AsyncDisposableStack()
  opening.defer(() => closeServer(server))
  const { port } = server.address() as AddressInfo
  const readAgain = () => readPublication(config.contentFolder, config.publicUrl, `http://localhost:${port}`)
  const publication = await readAgain()
  if (!publication.ok) throw new StartFailure(publication.problems.map(describeProblem))
  const templatesFault = await faultOfTemplatesFolder(config.templatesFolder)
  if (templatesFault !== undefined) throw new StartFailure([templatesFault])
  const processContext = { ...context, log }
  const core = opening.use(await openCore(config, processContext, publication, readAgain).catch(rethrow))
  for (const warning of await checkSecrets(config, core.database)) log.warn(warning)
  const behindProxy = proxyWarning(publication.publication.url, config.trustProxy)
  if (behindProxy !== undefined) log.warn(behindProxy)
  if (!isPostgres(config.databaseAddress) && needsVacuum(config.databaseAddress)) {
    log.warn(
      'the database file may still hold addresses that were erased by an older version: stop the server once and run: broadsheet vacuum',
    )
  }
  const isWorking = config.role !== 'web'
  const published = opening.use(await publishFeeds(core, processContext, config.role).catch(rethrow))
  // Load the rest only when the feeds that were asked for at the start are written: feeds come first.
  const restOpening = published.feeds.settled().then(async () => {
    const { openRest } = await import('../app/rest.ts')
    return openRest(config, { ...processContext, makesAdminToken: config.role !== 'worker', sendsMail: isWorking }, core)
  })
  let work: Work | undefined
  let readiness: Readiness | undefined
  const scheduler = () => work?.scheduler
  const readinessProblems = () => readiness?.problems() ?? ['scheduler: has not run yet']
  const closing = new AbortController()
  const live = { closing: closing.signal, countStreams: allowBeside }
  if (config.role === 'worker') open(openWorkerHttp(config, restOpening, published, log, readinessProblems))
  else open(openHttp(config, restOpening, published, log, scheduler, readinessProblems, live))
  const app = opening.use(await restOpening.catch(rethrow))
  // Closed before the app: running requests still get their answer.
  opening.defer(() => {
    // Streams of the desk end at once: nothing is owed on them.
    closing.abort()
    return closeServer(server)
  })
  for (const warning of await webhookWarnings(app.inbound, config.providerSecrets)) log.warn(warning)
  await app.articles.reportHidden()
  for (const watch of [app.articles.watch(), app.publication.watch()]) {
    watch.catch((error: Error) => logError(log, error, 'watching the content folder failed: restart to pick up changes'))
  }

  // Some changes come without an event: a link that is flipped, a network file system.
  let isRereadForced = false
  const looking = new CoalescedTask(
    async () => {
      const isForced = isRereadForced
      isRereadForced = false
      if ((await app.publication.lookAgain()) || isForced) await app.articles.lookAgain(isForced)
    },
    (error) => logError(log, error, 'looking for changes of the content folder failed'),
  )
  opening.defer(() => looking.stop())

  if (isWorking) work = opening.use(await startWork(config, app, published))
  readiness = startReadiness({ app, scheduler: () => (isWorking ? scheduler() : 'none'), clock: context.clock, log })
  opening.defer(() => readiness?.stop())
  const trigger = () => {
    if (!app.database.isAway?.()) (work ?? app.signUpProcessing).trigger()
    // Nothing else asks for the database while it is away. Its first answer lets the work go on.
    else readiness?.check()
  }
  const stops = [
    context.clock.everyMinute(() => {
      trigger()
      work?.fetchMail()
      looking.trigger()
    }),
    context.clock.every(pollMs, trigger),
    app.articles.onChange(trigger),
  ]
  for (const stop of stops) opening.defer(stop)
  trigger()
  work?.fetchMail()
  context.say(
    await (context.saysJson ? welcomeJson : welcomeText)({
      config,
      app,
      port,
      isTerminal: context.isOutputTerminal ?? context.isTerminal,
      isWritten: publication.isWritten,
    }),
  )

  const resources = opening.move()
  let stopping: Promise<void> | undefined
  return {
    address: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    async reread() {
      isRereadForced = true
      looking.trigger()
      await looking.settled()
    },
    stop() {
      stopping ??= resources.disposeAsync()
      return stopping
    },
  }
}

function rethrow(error: unknown): never {
  if (error instanceof StartFailure) throw error
  throw new StartFailure([sentenceOf(error)], { cause: error })
}
