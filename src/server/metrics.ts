import type { Request, RequestHandler, Response } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Snapshot } from '../articles/article.ts'
import type { DigestsContext } from '../digests/context.ts'
import { countFollowed } from '../digests/link-counts/link-counts.ts'
import { standingNotices } from '../digests/notices/notices.ts'
import { countSlots } from '../digests/schedule/upcoming.ts'
import type { Readership } from '../feeds/readership.ts'
import { bearerIn } from '../operators/bearer.ts'
import type { TokenGuesses } from '../operators/token-guesses.ts'
import { countDeliveries } from '../outbox/delivery-queries.ts'
import { readOutboxState } from '../outbox/outbox-state.ts'
import { countReports } from '../outbox/reports.ts'
import { DatabaseAway } from '../platform/database/database-away.ts'
import { type ProcessCounter, processCounters, readProcessCounter } from '../platform/process-counters.ts'
import { isLoopback } from '../platform/url-rules.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { countReaders } from '../subscribers/readers.ts'
import { countWebhookDeliveries } from '../webhooks/deliveries.ts'

export interface MetricsContext {
  readonly guesses: TokenGuesses
  /** Without a trailing slash. */
  readonly publicUrl: () => string
  readonly articles: () => Snapshot
  readonly digests: DigestsContext
  readonly subscribers: SubscribersContext
  readonly readership: Readership
}

/**
 * `/metrics` in Prometheus' text format. The number of readers is private, so it needs the admin token as a bearer token. Only a deployment that
 * serves this machine alone needs none: a proxy in front of it would make every visitor look local.
 */
export function metricsHandler(context: MetricsContext): RequestHandler {
  return async (request, response) => {
    response.set('Cache-Control', 'no-store')
    if (!(await mayRead(context, request, response))) return
    const registry = await collect(context)
    response.set('Content-Type', registry.contentType).send(`${await registry.metrics()}${await processRegistry().metrics()}`)
  }
}

let ownRegistry: Registry | undefined

/** Memory, CPU and event-loop lag of this process. The lag is measured from the first call on, so one registry serves all. */
function processRegistry(): Registry {
  if (!ownRegistry) {
    ownRegistry = new Registry()
    collectDefaultMetrics({ register: ownRegistry })
  }
  return ownRegistry
}

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge

/** While the database is away, what this process knows by itself is still told. */
async function collect(context: MetricsContext): Promise<Registry> {
  const registry = new Registry()
  const gauge: MakeGauge = (name, help, labelNames = []) =>
    new Gauge({ name: `broadsheet_${name}`, help, labelNames, registers: [registry] })
  const snapshot = context.articles()
  gauge('articles', 'Published articles.').set(snapshot.articles.length)
  gauge('article_problems', 'Problems with article files.').set(snapshot.problems.length)
  const isUp = gauge('database_up', '1 if the database answered this request, else 0.')
  isUp.set(1)
  try {
    await collectStored(context, gauge)
  } catch (error) {
    if (!(error instanceof DatabaseAway)) throw error
    isUp.set(0)
  }
  for (const [name, { help, labels }] of Object.entries(processCounters)) {
    const counter = new Counter({ name: `broadsheet_${name}`, help, labelNames: [...labels], registers: [registry] })
    for (const { values, count } of readProcessCounter(name as ProcessCounter))
      counter.inc(Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])), count)
  }
  return registry
}

/** The same on every process. */
async function collectStored({ digests, subscribers, readership }: MetricsContext, gauge: MakeGauge): Promise<void> {
  const readers = gauge('readers', 'Confirmed readers of each digest.', ['digest'])
  for (const [digest, count] of await countReaders(subscribers)) readers.set({ digest }, count)
  const notices = gauge('notices', 'Conditions that need attention, by kind and digest.', ['kind', 'digest'])
  for (const { kind, digest } of await standingNotices(digests)) notices.inc({ kind, digest })
  const slots = gauge('slots', 'Slots of schedules, by digest and how they ended: issued, skipped, missed.', ['digest', 'outcome'])
  for (const { digest, outcome, count } of await countSlots(digests.database)) slots.set({ digest, outcome }, count)
  const deliveries = gauge('deliveries', 'All deliveries, by kind of mailing and state.', ['kind', 'state'])
  for (const { kind, state, count } of await countDeliveries(digests.database)) deliveries.set({ kind, state }, count)
  const outbox = await readOutboxState(digests)
  gauge('oldest_due_seconds', 'How long the first delivery that is due has waited.').set(outbox.oldestDueSeconds)
  gauge('sending_rate', 'Settled deliveries of open issues a second, over the last minute and all processes.').set(outbox.perSecond)
  gauge('uncertain_undecided', 'Uncertain deliveries about which nobody has decided.').set(outbox.undecided)
  const followed = gauge('followed', 'Followed links and openings of issues, by digest and kind, where measured.', ['digest', 'kind'])
  for (const { digest, kind, count } of await countFollowed(digests)) followed.set({ digest, kind }, count)
  const reports = gauge('reports', 'Bounces and complaints about sent mail, by kind: hard, soft, policy, complaint.', ['kind'])
  for (const { kind, count } of await countReports(digests.database)) reports.set({ kind }, count)
  const webhooks = gauge('webhook_deliveries', 'Deliveries to webhooks in the log, by state.', ['state'])
  for (const { state, count } of await countWebhookDeliveries(digests.database)) webhooks.set({ state }, count)
  const claimed = gauge('feed_readers_claimed', 'Readers by feed in the last two days, as reported by fetchers, not verified.', [
    'feed',
    'fetcher',
  ])
  for (const { feed, fetcher, readers: count } of await readership.claimed()) claimed.set({ feed, fetcher }, count)
}

/** Answers 401 (RFC 6750 §3) or 429 where the request may not read the metrics. */
async function mayRead({ guesses, publicUrl }: MetricsContext, request: Request, response: Response): Promise<boolean> {
  const authorization = request.get('Authorization')
  if (authorization === undefined && isLoopback(new URL(publicUrl()).hostname) && isFromThisMachine(request)) return true
  const token = bearerIn(authorization)
  const checked = token === undefined ? undefined : await guesses.check(request.ip, token)
  // Every token has the scope `read`.
  if (checked?.status === 'right') return true
  response.type('text')
  if (checked?.status === 'limited') {
    response
      .status(429)
      .set('Retry-After', String(guesses.retryAfter(request.ip)))
      .send('Too many wrong tokens. Wait 15 minutes.\n')
  } else {
    response.status(401).set('WWW-Authenticate', 'Bearer realm="Broadsheet"').send('Send the admin token as a bearer token.\n')
  }
  return false
}

/** A proxy leaves one of these, and a page of another site that is resolved to this machine names its own host. */
function isFromThisMachine({ socket, headers }: Request): boolean {
  const host = `http://${headers.host}`
  const isForwarded = Object.keys(headers).some((name) => /^(?:x-forwarded-.*|x-real-ip|forwarded|via)$/.test(name))
  return !isForwarded && isLoopback(socket.remoteAddress ?? '') && URL.canParse(host) && isLoopback(new URL(host).hostname)
}
