import { type ForeignText, inEnglish } from '../platform/marked-text.ts'
import type { Words } from '../platform/messages.ts'

/**
 * A stored reason in the words of an operator. Why an issue is held or paused, an article left out or a delivery skipped is stored as an
 * English sentence, which the API and the command line show. A sentence that is not ours, such as the reply of a mail server, stays English.
 */
export function reasonIn(words: Words, stored: string): string | ForeignText {
  for (const [pattern, say] of sentences) {
    const match = pattern.exec(stored)
    if (match) return say(words, match.slice(1))
  }
  return inEnglish(stored)
}

type Say = (words: Words, parts: readonly string[]) => string

/** As they are written where they are stored. Test: `test/digests/reasons.test.ts`. */
const sentences: readonly (readonly [RegExp, Say])[] = [
  // An issue that is held.
  [/^issues of this digest wait for approval$/, (words) => words('reason.approval')],
  [/^it contains (\d+) new articles, which is more than (\d+)$/, (words, [count, most]) => words('reason.flood', numbers({ count, most }))],
  [/^it was prepared ahead of its slot for your review$/, (words) => words('reason.ahead')],
  [/^it is one of (\d+) articles that appeared at the same time$/, (words, [count]) => words('reason.burst', numbers({ count }))],
  [/^an operator asked to review it before it is sent$/, (words) => words('reason.review')],
  [/^its note was changed: approve it again$/, (words) => words('reason.note_changed')],
  [/^its digest was removed from publication\.yaml$/, (words) => words('reason.digest_removed')],
  [/^it contains articles that were withdrawn: (.*)$/s, (words, [titles]) => words('reason.withdrawn', { titles })],
  // One that is paused, and all sending that is held.
  [/^paused by the operator$/, (words) => words('reason.paused')],
  [
    /^(\d+) of the first (\d+) readers did not get it: check the failed deliveries, then resume or cancel the issue$/,
    (words, [refused, audience]) => words('reason.first_batch', numbers({ refused, audience })),
  ],
  [/^held by the operator$/, (words) => words('reason.sending_held')],
  [
    /^the database was restored on (\S+Z), and what was sent after the copy was made is not recorded in it$/,
    (words, [at]) => words('reason.restored', { at: new Date(at ?? '') }),
  ],
  [
    /^this is a backup of (\S+Z), and what was sent after it is not recorded in it$/,
    (words, [at]) => words('reason.backup', { at: new Date(at ?? '') }),
  ],
  // An article that a digest leaves out.
  [/^before the first issue$/, (words) => words('reason.before_first')],
  [/^dated more than (\d+) days before it was first seen$/, (words, [days]) => words('reason.old', numbers({ days }))],
  [/^not about a topic of this digest$/, (words) => words('reason.other_topic')],
  [/^excluded by the note of No\. (\d+)$/, (words, [number]) => words('reason.excluded_by_note', { number })],
  [/^postponed by the note of No\. (\d+)(?:, .*)?$/s, (words, [number]) => words('reason.postponed_by_note', { number })],
  [/^this digest has no articles yet$/, (words) => words('reason.no_articles')],
  // A delivery that was skipped, cancelled or left uncertain.
  [/^the address is suppressed: (\w+)$/, (words, [reason]) => words('reason.suppressed', { reason })],
  [/^the reader paused until (\S+Z)$/, (words, [until]) => words('reason.reader_paused_until', { until: new Date(until ?? '') })],
  [/^the reader (?:has )?paused$/, (words) => words('reason.reader_paused')],
  [/^the reader left the digest$/, (words) => words('reason.reader_left')],
  [/^the reader left the digest, says an import$/, (words) => words('reason.reader_left_import')],
  [/^no article of this issue is about the topics this reader chose$/, (words) => words('reason.no_topic')],
  [/^the reader was sent every article of it by another digest$/, (words) => words('reason.sent_elsewhere')],
  [/^the issue was cancelled$/, (words) => words('reason.issue_cancelled')],
  [/^handed over, and the process ended before the answer was recorded$/, (words) => words('reason.unrecorded')],
  // An endpoint of webhooks that was disabled.
  [/^it answered 410 \(Gone\): it wants no more events$/, (words) => words('reason.gone')],
]

function numbers<Name extends string>(parts: Readonly<Record<Name, string | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, Number(text)]))
}
