import type { SuppressionReason } from '../../outbox/suppressions.ts'

/** The state of an address in an imported row. */
export type ImportedState =
  | { readonly state: 'confirmed' | 'pending' | 'unsubscribed' }
  | { readonly state: 'suppressed'; readonly reason: Exclude<SuppressionReason, 'erasure'> }
  /** Known to the other program, but never subscribed. */
  | { readonly state: 'stranger' }

/**
 * Status words of the known programs and of spreadsheets in English, German, French, Spanish, Italian and Portuguese, without accents.
 * Unknown words are never guessed: a word that means "no" in some program must not count as "yes".
 */
const words: Readonly<Record<string, ImportedState>> = {
  ...all({ state: 'confirmed' }, 'confirmed subscribed active enabled regular premium gifted trialed past_due churning free paid comped'),
  ...all({ state: 'confirmed' }, 'opted_in opt_in marketing_contact bestatigt bestaetigt angemeldet abonniert aktiv eingetragen'),
  ...all({ state: 'confirmed' }, 'confirme confirmee abonne abonnee inscrit inscrite actif active confirmado confirmada suscrito suscrita'),
  ...all({ state: 'confirmed' }, 'activo activa confermato confermata iscritto iscritta attivo attiva inscrito inscrita ativo ativa'),
  ...all({ state: 'unsubscribed' }, 'unsubscribed cancelled canceled removed disabled left opted_out opt_out archived deleted'),
  ...all({ state: 'unsubscribed' }, 'abgemeldet abbestellt ausgetragen gekundigt gekuendigt widerrufen'),
  ...all({ state: 'unsubscribed' }, 'desabonne desabonnee desinscrit desinscrite resilie supprime annule'),
  ...all({ state: 'unsubscribed' }, 'cancelado cancelada anulado anulada desuscrito desuscrita baja dado_de_baja dada_de_baja eliminado'),
  ...all({ state: 'unsubscribed' }, 'disiscritto disiscritta cancellato cancellata annullato disdetto'),
  ...all({ state: 'unsubscribed' }, 'descadastrado descadastrada desinscrito removido excluido'),
  ...all({ state: 'pending' }, 'pending unconfirmed inactive unactivated not_confirmed unverified'),
  ...all({ state: 'pending' }, 'ausstehend unbestatigt unbestaetigt inaktiv en_attente non_confirme inactif'),
  ...all(
    { state: 'pending' },
    'pendiente sin_confirmar no_confirmado inactivo in_attesa non_confermato inattivo pendente nao_confirmado inativo',
  ),
  ...all({ state: 'suppressed', reason: 'bounce' }, 'cleaned bounced bounce hard_bounced undeliverable malformed'),
  ...all({ state: 'suppressed', reason: 'bounce' }, 'unzustellbar rebotado rebotada rejeitado devolvido'),
  ...all({ state: 'suppressed', reason: 'complaint' }, 'complained complaint spam reported'),
  ...all({ state: 'suppressed', reason: 'operator' }, 'suppressed blocked blocklisted blacklisted banned spammy operator'),
  ...all({ state: 'suppressed', reason: 'operator' }, 'gesperrt blockiert bloque bloquee bloqueado bloqueada bloccato bloccata'),
  ...all({ state: 'stranger' }, 'nonsubscribed non_subscribed not_subscribed never_subscribed transactional non_marketing_contact'),
}

/** Yes and no in the same languages. `n` is a no in all of them. */
const yes = new Set('true yes y 1 t on ja wahr oui vrai si verdadero vero sim verdadeiro'.split(' '))
const no = new Set('false no n 0 f off nein falsch non faux falso nao'.split(' '))

function all(state: ImportedState, list: string): Record<string, ImportedState> {
  return Object.fromEntries(list.split(' ').map((word) => [word, state]))
}

/** Longer cells are no words. */
const maxWordLength = 60

/** Undefined if the word is unknown. */
export function stateCalled(word: string): ImportedState | undefined {
  // Fast path: most cells are a known word as it stands.
  if (Object.hasOwn(words, word)) return words[word]
  const key = plainWord(word).replace(/[\s_-]+/g, '_')
  return Object.hasOwn(words, key) ? words[key] : undefined
}

/** Undefined if the word is neither true nor false. */
export function readFlag(word: string): boolean | undefined {
  const key = plainWord(word)
  if (yes.has(key)) return true
  return no.has(key) ? false : undefined
}

function plainWord(word: string): string {
  if (word.length > maxWordLength) return ''
  const lower = word.trim().toLowerCase()
  // Fast path: most words have no accents.
  return /^[\x20-\x7e]*$/.test(lower) ? lower : lower.normalize('NFKD').replace(/\p{M}+/gu, '')
}
