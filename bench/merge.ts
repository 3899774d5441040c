import { generateKeyPairSync, sign } from 'node:crypto'
import { compileMessage } from '../src/outbox/message/compile-message.ts'
import { signatureOf } from '../src/outbox/message/dkim.ts'
import { placeholder } from '../src/platform/placeholders.ts'
import { median, type Row } from './table.ts'

const rounds = 5
const merges = 10_000
const signatures = 2_000
/** Messages at a time: the default number of connections. */
const atOnce = 20

/** A digest of five articles, about 46 KB as sent. */
export const edition = {
  from: { name: 'The Morning Tide', email: 'news@tide.example.org' },
  email: {
    subject: 'The week: a tide comes in',
    text: `Hello${placeholder('comma_name')}.\n\n${'The water rose.\n'.repeat(600)}\nLeave: https://tide.example.org/unsubscribe/${placeholder('unsubscribe_token')}\n`,
    html: `<!doctype html><p>Hello${placeholder('comma_name')}.</p>${'<p style="margin:0">The water rose.</p>\n'.repeat(900)}<a href="https://tide.example.org/unsubscribe/${placeholder('unsubscribe_token')}">Leave</a>`,
  },
  list: {
    id: 'weekly.tide.example.org',
    name: 'The Morning Tide: The week',
    unsubscribeUrl: `https://tide.example.org/unsubscribe/${placeholder('unsubscribe_token')}`,
    feedbackId: '1:weekly:digest:tideexampleorg',
  },
}

/** The cost of one message between claim and hand-over: merging its edition, and signing. */
export async function benchMerge(): Promise<Row[]> {
  const template = compileMessage(edition)
  const date = new Date('2026-11-23T08:00:00Z')
  const mergeOne = (index: number) =>
    template.merge({
      address: `reader${index}@example.org`,
      messageKey: `mailing.${index}`,
      date,
      placeholders: { comma_name: `, Reader ${index}`, unsubscribe_token: `token-${index}-${'x'.repeat(32)}` },
      unsubscribeAddress: `bounces+u${index}-abcdefghijklmnopqrst@tide.example.org`,
    })
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const merged: number[] = []
  const signed: number[] = []
  const bare: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const perSecond = [
      await rate(merges, 1, async (index) => void mergeOne(index)),
      await rate(
        signatures,
        atOnce,
        async (index) => void (await signatureOf(mergeOne(index), { key, domain: 'tide.example.org', selector: 'mail' }, date)),
      ),
      // Bare OpenSSL signatures on this thread, for comparison.
      await rate(signatures / 4, 1, async (index) => void sign('sha256', Buffer.from(`message ${index}`), key)),
    ] as const
    if (round === 0) continue
    for (const [index, all] of [merged, signed, bare].entries()) all.push(perSecond[index] as number)
  }
  const kb = mergeOne(0).length / 1_024
  const ratio = median(signed) / median(bare)
  return [
    {
      what: `merge of one message, ${kb.toFixed(0)} KB`,
      measured: `${Math.round(median(merged)).toLocaleString('en')} a second`,
      wanted: '>= 15,000 a second',
      isMet: median(merged) >= 15_000,
    },
    {
      what: 'merge and signature (RSA-2048), on the thread pool',
      measured: `${Math.round(median(signed)).toLocaleString('en')} a second, ${ratio.toFixed(2)} x bare RSA on one thread`,
      wanted: '>= 0.8 x',
      isMet: ratio >= 0.8,
    },
  ]
}

async function rate(count: number, width: number, work: (index: number) => Promise<void>): Promise<number> {
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) await work(next++)
    }),
  )
  return (count / (performance.now() - began)) * 1_000
}
