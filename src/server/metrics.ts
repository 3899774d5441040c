import type { RequestHandler } from 'express'
import { Gauge, Registry } from 'prom-client'
import type { Snapshot } from '../articles/article.ts'
import type { DigestsContext } from '../digests/context.ts'
import { countFollowed } from '../digests/link-counts/link-counts.ts'
import { standingNotices } from '../digests/notices/notices.ts'
import type { Readership } from '../feeds/readership.ts'
import type { Access } from '../operators/access.ts'
import { bearerIn } from '../operators/bearer.ts'
import { countDeliveries } from '../outbox/delivery-queries.ts'
import { countReports } from '../outbox/reports.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { countReaders } from '../subscribers/readers.ts'

export interface MetricsContext {
  readonly access: Access
  readonly articles: () => Snapshot
  readonly digests: DigestsContext
  readonly subscribers: SubscribersContext
  readonly readership: Readership
}

/**
 * `/metrics` in Prometheus' text format. The number of readers is private: requests from this machine are allowed, others
 * need the admin token as a bearer token.
 */
export function metricsHandler(context: MetricsContext): RequestHandler {
  return async (request, response) => {
    const token = bearerIn(request.get('Authorization'))
    const isAllowed =
      token === undefined ? isFromThisMachine(request.ip, request.get('X-Forwarded-For')) : context.access.isAdminToken(token)
    if (!isAllowed) {
      response
        .status(401)
        .set('WWW-Authenticate', 'Bearer realm="Broadsheet"')
        .type('text')
        .send('Send the admin token as a bearer token.\n')
      return
    }
    const registry = await collect(context)
    response.set({ 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' }).send(await registry.metrics())
  }
}

async function collect({ articles, digests, subscribers, readership }: MetricsContext): Promise<Registry> {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `broadsheet_${name}`, help, labelNames, registers: [registry] })
  const snapshot = articles()
  gauge('articles', 'Published articles.').set(snapshot.articles.length)
  gauge('article_problems', 'Problems with article files.').set(snapshot.problems.length)
  const readers = gauge('readers', 'Confirmed readers of each digest.', ['digest'])
  for (const [digest, count] of await countReaders(subscribers)) readers.set({ digest }, count)
  const notices = gauge('notices', 'Conditions that need attention, by kind and digest.', ['kind', 'digest'])
  for (const { kind, digest } of await standingNotices(digests)) notices.inc({ kind, digest })
  const deliveries = gauge('deliveries', 'All deliveries, by kind of mailing and state.', ['kind', 'state'])
  for (const { kind, state, count } of await countDeliveries(digests.database)) deliveries.set({ kind, state }, count)
  const followed = gauge('followed', 'Followed links and openings of issues, by digest and kind, where measured.', ['digest', 'kind'])
  for (const { digest, kind, count } of await countFollowed(digests)) followed.set({ digest, kind }, count)
  const reports = gauge('reports', 'Bounces and complaints about sent mail, by kind: hard, soft, policy, complaint.', ['kind'])
  for (const { kind, count } of await countReports(digests.database)) reports.set({ kind }, count)
  const claimed = gauge('feed_readers_claimed', 'Readers by feed in the last two days, as reported by fetchers, not verified.', [
    'feed',
    'fetcher',
  ])
  for (const { feed, fetcher, readers: count } of await readership.claimed()) claimed.set({ feed, fetcher }, count)
  return registry
}

function isFromThisMachine(ip: string | undefined, forwardedFor: string | undefined): boolean {
  return forwardedFor === undefined && (ip === '127.0.0.1' || ip === '::1' || ip === '::ffff:127.0.0.1')
}
