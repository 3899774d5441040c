import { expect, test } from 'vitest'
import type { Settlement } from '../../src/outbox/delivery.ts'
import { deliveryStates } from '../../src/outbox/delivery.ts'
import * as tally from '../../src/outbox/delivery-queries.ts'
import { cancelQueuedFor } from '../../src/outbox/enqueue.ts'
import { anonymiseAddress, deliveriesTo } from '../../src/outbox/erase.ts'
import * as mailingState from '../../src/outbox/mailing-state.ts'
import { pruneDeliveries } from '../../src/outbox/prune.ts'
import { lastDeliveryTo } from '../../src/outbox/reports.ts'
import * as store from '../../src/outbox/sender/claim-store.ts'
import { suppress } from '../../src/outbox/suppressions.ts'
import * as survey from '../../src/outbox/survey-store.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { enqueueTo, outboxMigrations, testTokens } from '../support/outbox.ts'
import { planned } from '../support/plans.ts'

test('no outbox statement scans all deliveries or all emails, or sorts a mailing', async () => {
  await using world = await openTestDatabase('sqlite', outboxMigrations)
  const clock = drivenClock('2026-11-23T08:00:00Z')
  const now = clock.now()
  const mailing = await enqueueTo(world.database, clock, ['ada@example.org', 'ben@example.org'])
  const cancelled = await enqueueTo(world.database, clock, ['ada@example.org'])
  await mailingState.moveMailing(world.database, cancelled, 'cancelled')
  const { queries, steps } = planned(world.database)
  const sent: Settlement = { state: 'sent', reason: '250' }

  await store.claim(queries, '1 lease', 5, now, now)
  await store.markHandingOver(queries, '1 lease', [1, 2])
  await store.settle(queries, '1 lease', [{ id: 1, settlement: sent }], now)
  await store.putBack(queries, '1 lease', 2)
  await store.putOff(queries, '1 lease', 2, now)
  await store.renewLease(queries, '1 lease', now)
  await store.releaseLease(queries, '1 lease')
  await store.reap(queries, now)
  await store.reap(queries, now, '1 ')
  await store.hasLeases(queries)
  await store.nextDueAt(queries)
  await mailingState.isUnsettled(queries, mailing)
  await mailingState.isUntried(queries, mailing)
  await mailingState.sweepCancelled(queries, now)
  await mailingState.requeueFailed(queries, mailing, now, now)
  await mailingState.letUncertainBe(queries, mailing, now, now)
  await mailingState.requeueThese(queries, [1, 2], now, now)
  await survey.surveyStep(queries, mailing, '')
  await survey.listFailed(queries, mailing, 0, now)
  await survey.readReplies(queries, [1, 2])
  await survey.countUndecided(queries, mailing)
  await tally.readRates(queries, [mailing], now)
  await tally.readCounts(queries, [mailing])
  await tally.countDeliveries(queries)
  await tally.findDelivery(queries, mailing, 'ada@example.org')
  for (const state of [undefined, ...deliveryStates])
    await tally.listDeliveries(queries, mailing, { after: 0, limit: 10, ...(state && { state }) })
  await queries.all(sql`SELECT 1 AS one FROM begun_deliveries WHERE mailing_id = ${mailing}`)
  await cancelQueuedFor(queries, 'ada@example.org', 'weekly', 'left', now)
  await cancelQueuedFor(queries, 'ada@example.org', undefined, 'left', now)
  await suppress(queries, testTokens, 'ada@example.org', 'bounce', now)
  await deliveriesTo(queries, 'ada@example.org')
  await lastDeliveryTo(queries, 'ada@example.org')
  await anonymiseAddress(queries, testTokens, 'ada@example.org')
  await mailingState.moveMailing(world.database, mailing, 'finished')
  await pruneDeliveries({ ...world.database, transaction: (work) => work(queries) }, new Date(now.getTime() + 1))

  // What is leased, handed over, to be swept or to be sent is little, and issues are few.
  const small =
    /^SCAN (deliveries USING (COVERING )?INDEX deliveries_leased|mailings USING (COVERING )?INDEX mailings_(to_send|to_sweep|of_issues))$/
  const scans = [...steps].filter((step) => /^SCAN (deliveries|mailings|d|m)\b/.test(step) && !small.test(step))
  expect(scans).toEqual([])
  expect(steps.size).toBeGreaterThan(20)
})
