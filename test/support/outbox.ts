import type { Edition } from '../../src/outbox/delivery.ts'
import { readCounts } from '../../src/outbox/delivery-queries.ts'
import { enqueueDeliveries, openMailing, storeEdition } from '../../src/outbox/enqueue.ts'
import { outboxMigrations } from '../../src/outbox/migrations.ts'
import { type Sender, type SenderContext, startSender } from '../../src/outbox/sender/sender.ts'
import { parseSmtpUrl } from '../../src/outbox/smtp/smtp-url.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { newId } from '../../src/platform/ids.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { tokensKeyedBy } from '../../src/platform/tokens.ts'
import type { DrivenClock } from './driven-clock.ts'
import { quietLog } from './quiet.ts'

export { outboxMigrations }

export const testTokens = tokensKeyedBy('the secret of the tests')

export const plainEdition: Edition = {
  from: { name: 'The Morning Tide', email: 'news@example.org' },
  email: {
    subject: 'The week',
    text: 'Hello \uFDD0name\uFDD1,\n\nLeave: https://example.org/unsubscribe/\uFDD0unsubscribe_token\uFDD1\n',
    html: '<!doctype html><p>Hello <b>\uFDD0name\uFDD1</b></p><a href="https://example.org/unsubscribe/\uFDD0unsubscribe_token\uFDD1">Leave</a>',
  },
  list: {
    id: 'weekly.example.org',
    name: 'The week',
    unsubscribeUrl: 'https://example.org/unsubscribe/\uFDD0unsubscribe_token\uFDD1',
    feedbackId: '1:weekly:digest:exampleorg',
  },
}

/** A mailing of `edition` to these addresses. Returns its id. */
export async function enqueueTo(
  database: Database,
  clock: DrivenClock,
  addresses: readonly string[],
  edition: Edition = plainEdition,
  list = 'weekly',
) {
  const mailing = { id: newId(clock, systemRandom()), kind: 'issue', list } as const
  await database.transaction(async (tx) => {
    await openMailing(tx, mailing, clock.now())
    const editionId = await storeEdition(tx, edition)
    const deliveries = addresses.map((address) => ({
      address,
      addressKey: address.toLowerCase(),
      placeholders: { name: address.split('@')[0] ?? '', unsubscribe_token: `token-of-${address.split('@')[0]}` },
      content: { editionId },
    }))
    await enqueueDeliveries(tx, mailing, deliveries, clock.now())
  })
  return mailing.id
}

export function senderTo(
  database: Database,
  clock: DrivenClock,
  url: string,
  connections = 4,
  more: Partial<Pick<SenderContext, 'perSecond' | 'onPaused'>> = {},
): Sender {
  return startSender({
    database,
    smtpServer: async () => parseSmtpUrl(url),
    connections,
    perSecond: undefined,
    tokens: testTokens,
    clock,
    random: systemRandom(),
    log: quietLog,
    onSettled: async () => {},
    onPaused: async () => {},
    onBounced: async () => {},
    ...more,
  })
}

/** The counts of the counters and of the rows, read in one statement and so at one instant. Emails without an issue are counted by kind. */
export async function countedTwice(database: Database): Promise<{ counters: Record<string, number>; rows: Record<string, number> }> {
  const counts = await database.all<{ source: 'counters' | 'rows'; name: string; count: number }>(sql`
    SELECT 'rows' AS source, CASE m.kind WHEN 'issue' THEN m.id ELSE m.kind END || ' ' || d.state AS name, count(*) AS count
    FROM deliveries d JOIN mailings m ON m.id = d.mailing_id GROUP BY CASE m.kind WHEN 'issue' THEN m.id ELSE m.kind END || ' ' || d.state
    UNION ALL SELECT 'counters', CASE kind WHEN 'issue' THEN mailing_id ELSE kind END || ' ' || state, count FROM delivery_counts WHERE count <> 0`)
  const of = (source: string) => Object.fromEntries(counts.filter((row) => row.source === source).map(({ name, count }) => [name, count]))
  return { counters: of('counters'), rows: of('rows') }
}

export async function countsOf(database: Database, mailingId: string) {
  return (await readCounts(database, [mailingId])).get(mailingId)
}
