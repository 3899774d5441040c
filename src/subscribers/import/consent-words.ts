import type { Field } from './fields.ts'

/**
 * What a column name says about consent to mail, in English, German, French, Spanish, Italian and Portuguese. Names are keys of
 * `columnKey`, so accents and the way of joining words do not matter.
 */
export type ConsentWording =
  /** The values decide about consent, whatever they are. */
  | 'consent'
  /** Only if a value is a known state, or all are yes or no: `State` may be a part of an address. */
  | 'state'

/** Parts of one word. They occur in no other common word. */
const stems = new RegExp(
  [
    'optedin|optedout|optout|unsubscri|unsubbed|consent|donot(?:e?mail|contact)|bl[oa]ck?list|denylist|stoplist|suppress|complain',
    'einwillig|zustimm|zugestimm|einverstand|widerspr|widerruf|abgemeldet|abmeld|abbestell|ausgetragen|gesperrt|sperrliste',
    'sperrvermerk|werbesperre|erlaubnis|unzustellbar|beschwerde|best(?:a|ae)tigt|verifizi|abonniert',
    'desabonn|desinscri|consentement|oppos(?:ition|e)$|rebond',
    'suscrit[oa]|subscrit[oa]|desuscri|desubscri|rebotad|autoriz|acept',
    'disiscri|iscritt[oi]|iscritta|disdett|rimbalz|consenso|accett|autorizz',
    'descadastr|inscrit[oa]|rejeitad|aceit[ao]|reclamac',
  ].join('|'),
)

/** Whole words. */
const consentWords = new Set(
  [
    'optin optins unsub unsubs subscribed subscribe resubscribed confirmed unconfirmed verified unverified bounced bounce bounces',
    'hardbounce hardbounced softbounce softbounced permission permissions blocked spam spammer gdpr mailable emailable contactable reachable',
    'dnc dne noemail nomail revoked withdrawn objection objected refused',
    'dsgvo angemeldet eingetragen gekundigt gekuendigt blockiert geblockt widersprochen erlaubt sperre storniert',
    'abonne abonnee abonnes inscrit inscrite confirme confirmee verifie verifiee bloque bloquee autorise autorisee autorisation refus',
    'refusee plainte retrait supprime supprimee rgpd accepte accepter resilie',
    'confirmado confirmada verificado verificada cancelado cancelada anulado anulada baja bloqueado bloqueada permiso queja quejas rebote revocado recibe',
    'consiente confermato confermata verificato verificata cancellato cancellata annullato annullata bloccato bloccata permesso reclamo',
    'revocato rifiutato riceve permissao recebe cancelou revogado devolvido lgpd descadastro',
  ]
    .join(' ')
    .split(' '),
)

/** Several words. `_` stands at the begin and the end of each word. */
const consentPhrases: readonly RegExp[] = [
  /_opt(?:ed|s|ing)?_(?:in|out)s?_/,
  /_(?:do_not|does_not|dont|don_t|doesn_t|never|no|not)_(?:accepts?_|receives?_|wants?_|send_|to_)?(?:e_mails?|emails?|mail|mails|mailings?|contact|contacted|send|disturb|market|marketing|newsletters?|solicit|spam|subscribed?|confirmed)_/,
  /_(?:accept|allow|agree|receive|want|wishe|wish|may|can|ok)(?:s|d|ed|es)?_(?:\p{L}+_){0,3}(?:e_mails?|emails?|mails?|mailings?|marketing|newsletters?|contact|contacted|communications?|offers?|promotions?|promo|ads)_/u,
  /_(?:e_mails?|emails?|mails?|mailings?|newsletters?|marketing)_(?:\p{L}+_)?(?:allowed|accepted|enabled|disabled|permitted|wanted|agreed|ok)_/u,
  /_marketing_(?:\p{L}+_){0,2}status_/u,
  /_(?:black|block|deny|stop|exclusion|suppression)_lists?(?:ed)?_/,
  /_(?:reported|report|marked)_(?:as_)?(?:spam|abuse|junk)_/,
  /_nicht_(?:mehr_)?(?:kontaktieren|kontaktiert|anschreiben|anmailen|mailen|angeschrieben|senden|bestatigt|bestaetigt)_/,
  /_(?:keine?|kein)_(?:\p{L}+_)?(?:werbung|emails?|e_mails?|mails?|post|newsletter|werbemails?|kontakt|kontaktaufnahme)_/u,
  /_ne_(?:pas|plus)_\p{L}+_/u,
  /_(?:pas|plus)_(?:d_|de_)?(?:emails?|e_mails?|courriels?|mails?|newsletters?|contact|publicite)_/,
  /_liste_(?:noire|rouge|d_opposition)_|_lista_(?:negra|nera)_/,
  /_no_(?:contactar|enviar|molestar|email|correos?|mailing|desea|acepta|quiere)_/,
  /_non_(?:contattare|inviare|disturbare|desidera|accetta|vuole)_/,
  /_nao_(?:contact\p{L}*|contat\p{L}*|enviar|perturb\p{L}*|emails?|deseja|aceita|quer)_/u,
  /^_(?:is_|was_|has_)?(?:cancell?ed|removed|deleted|disabled|banned|deactivated)_(?:at_|on_|date_|time_|reason_|email_)*$/,
]

/** Words of state, and words that stand beside consent as often as beside other things. */
const stateWords = new Set(
  [
    'status statuses state stage active inactive type enabled disabled newsletter newsletters marketing subscription subscriptions subscriber',
    'confirmation verification cancelled canceled removed deleted banned valid invalid deliverable undeliverable undelivered mailing mailings',
    'deliverability rejected declined excluded exclude left stop stopped mailable interested',
    'zustand phase aktiv inaktiv typ abonnent abonnement anmeldung newsletteranmeldung abo abos bestatigung bestaetigung gultig ungultig werbung werbemails stand',
    'statut etat etape accord actif inactif inscription rejete recoit publicite valide',
    'estado etapa fase activo activa inactivo tipo suscripcion suscriptor boletin publicidad situacion',
    'stato attivo attiva inattivo iscrizione abbonato abbonamento pubblicita',
    'ativo ativa inativo assinante assinatura situacao boletim publicidade inscricao',
  ]
    .join(' ')
    .split(' '),
)

/** Undefined if the name says nothing about consent. */
export function consentWordingOf(key: string): ConsentWording | undefined {
  const words = key.split('_')
  if (words.some((word) => consentWords.has(word) || stems.test(word))) return isCount(words) ? undefined : 'consent'
  const framed = `_${key}_`
  if (consentPhrases.some((phrase) => phrase.test(framed))) return 'consent'
  return words.some((word) => stateWords.has(word)) ? 'state' : undefined
}

/** `Number of bounces` counts what happened, and decides nothing. */
function isCount(words: readonly string[]): boolean {
  return words.some((word) => ['number', 'count', 'anzahl', 'nombre', 'numero'].includes(word)) && words.some((word) => /bounce/.test(word))
}

const aboutBounces = /bounce|rebond|rebot|rimbalz|unzustellbar|undeliver|devolvid|rejeitad/
const aboutComplaints = /complain|spam|beschwerde|plainte|queja|reclam|abuse/
const aboutBlocks = /bl[oa](?:ck|cc|q)|suppress|sperr|list[ae]_n|deny|exclusion|banned|disturb/
const aboutLeaving =
  /unsub|opt(?:ed|s)?_?out|(?:^|_)(?:not?|dont|never|kein\w*|nicht|ne|pas|plus|non|nao)_|donot|cancel|removed|deleted|disabled|deactivated|abgemeldet|abmeld|abbestell|ausgetragen|widers|widerruf|gekund|gekuend|desabon|desinscri|refus|oppos|resili|baja|anulad|desus|desub|disiscr|annull|disdett|revoc|revog|descad|invalid|ungultig|inactive|inaktiv|inactif|inactivo|inattivo|inativo/
const aboutConfirmation = /confirm|verif|best(?:a|ae)tig|conferm|double_opt/

/** What the values of a column look like. */
export type ValueKind = 'states' | 'times' | 'other'

/** The field that a name most likely means: what a stop proposes. The operator decides. */
export function likelyField(key: string, kind: ValueKind): Field {
  if (kind === 'states') return 'status'
  if (aboutBounces.test(key)) return 'bounced'
  if (aboutComplaints.test(key)) return 'complained'
  if (aboutBlocks.test(key)) return 'blocklisted'
  if (aboutLeaving.test(key)) return kind === 'times' ? 'unsubscribed_at' : 'gets_no_mail'
  if (kind === 'times') return 'confirmed_at'
  return aboutConfirmation.test(key) ? 'confirmed' : 'gets_mail'
}

const timeWords = new Set(
  'time date datetime timestamp when at ip ips utc datum zeitpunkt uhrzeit heure fecha hora quando quand'.split(' '),
)
/** Names of times in one language, and other words in another. They count where the values are times. */
const uncertainTimeWords = new Set('on since day zeit am seit le el data ora il em'.split(' '))
/** Dates in any common form, seconds since 1970, and network addresses. Programs write a few words for "unknown". */
const timeOrAddress =
  /\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|^\d{8}(?:[T ]?\d{4,6}Z?)?$|^\d{10}(?:\d{3})?$|\b(?:19|20)\d{2}\b|^[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:\/\d+)?$|^(?:unknown|n\/a|null|none|-)$/i

export function isTimeOrAddress(value: string): boolean {
  return timeOrAddress.test(value)
}

/**
 * Whether a column only holds the times or network addresses of an opt-in, which decide nothing. The time of an opt-out decides.
 * `values`: the distinct values of the first rows that are not empty.
 */
export function isProofOfOptIn(key: string, values: readonly string[]): boolean {
  if ([aboutLeaving, aboutBounces, aboutComplaints, aboutBlocks].some((about) => about.test(key))) return false
  const words = key.split('_')
  const isNamedSo =
    words.some((word) => timeWords.has(word) || /(?:time|date|datum|timestamp)$/.test(word)) ||
    (values.length > 0 && words.some((word) => uncertainTimeWords.has(word)))
  return isNamedSo && values.every(isTimeOrAddress)
}
