import type { SuppressionReason } from '../../outbox/suppressions.ts'

/** The state of an address in an imported row. */
export type ImportedState =
  | { readonly state: 'confirmed' | 'pending' | 'unsubscribed' }
  | { readonly state: 'suppressed'; readonly reason: Exclude<SuppressionReason, 'erasure'> }
  /** Known to the other program, but never subscribed. */
  | { readonly state: 'stranger' }

/**
 * Status words of Mailchimp, Substack, Ghost, Buttondown, Kit, listmonk and spreadsheets. Unknown words are never guessed: a word that
 * means "no" in some program must not count as "yes".
 */
const words: Readonly<Record<string, ImportedState>> = {
  ...all({ state: 'confirmed' }, 'confirmed subscribed active enabled regular premium gifted trialed past_due churning free paid comped'),
  ...all({ state: 'unsubscribed' }, 'unsubscribed cancelled canceled removed disabled left opted_out opt_out archived deleted'),
  ...all({ state: 'pending' }, 'pending unconfirmed inactive unactivated'),
  ...all({ state: 'suppressed', reason: 'bounce' }, 'cleaned bounced bounce hard_bounced undeliverable malformed'),
  ...all({ state: 'suppressed', reason: 'complaint' }, 'complained complaint spam reported'),
  ...all({ state: 'suppressed', reason: 'operator' }, 'suppressed blocked blocklisted blacklisted banned spammy operator'),
  ...all({ state: 'stranger' }, 'nonsubscribed non_subscribed transactional'),
}

function all(state: ImportedState, list: string): Record<string, ImportedState> {
  return Object.fromEntries(list.split(' ').map((word) => [word, state]))
}

/** Undefined if the word is unknown. */
export function stateCalled(word: string): ImportedState | undefined {
  const key = word
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return Object.hasOwn(words, key) ? words[key] : undefined
}

/** Undefined if the word is neither true nor false. */
export function readFlag(word: string): boolean | undefined {
  const key = word.trim().toLowerCase()
  if (['true', 'yes', 'y', '1', 't', 'on'].includes(key)) return true
  if (['false', 'no', 'n', '0', 'f', 'off'].includes(key)) return false
  return undefined
}
