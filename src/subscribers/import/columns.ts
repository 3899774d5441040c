/** The program that exported the list. */
export type ListFormat = 'broadsheet' | 'mailchimp' | 'substack' | 'ghost' | 'buttondown' | 'kit' | 'listmonk' | 'plain'

/** The meaning of a column. */
export type Field =
  | 'email'
  | 'name'
  | 'first_name'
  | 'last_name'
  | 'status'
  /** True for an address that gets mail. */
  | 'gets_mail'
  /** True for an address that gets no mail. */
  | 'gets_no_mail'
  | 'digests'
  | 'topics'
  | 'source'
  | 'language'
  | 'requested_at'
  | 'requested_from'
  | 'confirmed_at'
  | 'confirmed_from'
  | 'unsubscribed_at'
  | 'bounced_at'
  | 'paused_until'
  | 'suppressed'
  | 'consents'

/** How a file is read. A dry run shows it before anything is imported. */
export interface Mapping {
  readonly format: ListFormat
  readonly columns: readonly { readonly column: string; readonly field: Field | null }[]
  /** Column index by field. */
  readonly index: Partial<Readonly<Record<Field, number>>>
  /** The state of rows without a status column: Mailchimp exports each state as a separate file. */
  readonly state: 'confirmed' | 'unsubscribed' | 'suppressed'
}

export type Recognition = { readonly ok: true; readonly mapping: Mapping } | { readonly ok: false; readonly reason: string }

interface KnownFormat {
  readonly format: ListFormat
  /** All of these must be column names. A nested list needs one match. */
  readonly signature: readonly (string | readonly string[])[]
  /** Meanings of columns in this format, in addition to the plain ones. */
  readonly columns: Readonly<Record<string, Field>>
}

const email = ['email', 'email_address']

/** Each signature consists of columns that only this program writes. */
const knownFormats: readonly KnownFormat[] = [
  {
    format: 'broadsheet',
    signature: ['email', 'status', 'digests', 'consents'],
    columns: { suppressed: 'suppressed', consents: 'consents' },
  },
  {
    format: 'mailchimp',
    signature: [
      ['leid', 'euid', 'member_rating'],
      ['confirm_time', 'optin_time', 'unsub_time', 'clean_time'],
    ],
    columns: {
      optin_time: 'requested_at',
      optin_ip: 'requested_from',
      confirm_time: 'confirmed_at',
      confirm_ip: 'confirmed_from',
      unsub_time: 'unsubscribed_at',
      clean_time: 'bounced_at',
    },
  },
  {
    format: 'substack',
    signature: [email, 'active_subscription'],
    columns: { email_disabled: 'gets_no_mail', created_at: 'confirmed_at' },
  },
  {
    format: 'ghost',
    signature: [email, ['subscribed_to_emails', 'complimentary_plan']],
    columns: { subscribed_to_emails: 'gets_mail', subscribed: 'gets_mail', created_at: 'confirmed_at', deleted_at: 'unsubscribed_at' },
  },
  {
    format: 'buttondown',
    signature: [email, ['type', 'subscriber_type'], ['creation_date', 'secondary_id', 'referrer_url', 'unsubscription_date']],
    columns: {
      type: 'status',
      subscriber_type: 'status',
      creation_date: 'confirmed_at',
      unsubscription_date: 'unsubscribed_at',
      source: 'source',
    },
  },
  {
    format: 'listmonk',
    signature: ['uuid', 'email', 'attributes', 'status'],
    columns: { created_at: 'confirmed_at' },
  },
  {
    format: 'kit',
    signature: [email, 'first_name', ['state', 'status'], 'created_at'],
    columns: { state: 'status', created_at: 'confirmed_at', cancelled_at: 'unsubscribed_at' },
  },
]

/** Common column names of hand-written lists, in several languages. */
const plain: Readonly<Record<string, Field>> = {
  ...named('email', 'email email_address e_mail e_mail_address mail address_email adresse_e_mail e_mail_adresse adresse_mail correo'),
  ...named('email', 'correo_electronico correo_electrónico courriel subscriber_email'),
  ...named('name', 'name full_name fullname nom nombre'),
  ...named('first_name', 'first_name firstname fname given_name vorname prénom prenom'),
  ...named('last_name', 'last_name lastname lname surname family_name nachname apellido'),
  ...named('status', 'status state subscription_status email_status'),
  ...named('gets_mail', 'subscribed is_subscribed opted_in opt_in'),
  ...named('gets_no_mail', 'unsubscribed is_unsubscribed opted_out opt_out email_disabled'),
  ...named('digests', 'digests digest'),
  ...named('topics', 'topics'),
  ...named('source', 'source'),
  ...named('language', 'language'),
  ...named('requested_at', 'requested_at optin_time opt_in_time'),
  ...named('confirmed_at', 'confirmed_at subscribed_at confirm_time'),
  ...named('unsubscribed_at', 'unsubscribed_at unsub_time cancelled_at unsubscribe_date'),
  ...named('bounced_at', 'bounced_at'),
  ...named('paused_until', 'paused_until'),
}

function named(field: Field, columns: string): Record<string, Field> {
  return Object.fromEntries(columns.split(' ').map((column) => [column, field]))
}

/** Recognises the columns of a header. The first column of each field counts; unknown columns are ignored. */
export function recogniseColumns(header: readonly string[]): Recognition {
  const names = header.map((column) =>
    column
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\s_-]+/g, '_'),
  )
  const has = (name: string) => names.includes(name)
  const found = knownFormats.find(({ signature }) => signature.every((part) => (typeof part === 'string' ? has(part) : part.some(has))))
  const format = found?.format ?? 'plain'
  const index: Partial<Record<Field, number>> = {}
  const columns = header.map((column, at) => {
    const name = names[at] ?? ''
    const field = found && Object.hasOwn(found.columns, name) ? found.columns[name] : Object.hasOwn(plain, name) ? plain[name] : undefined
    if (field === undefined || index[field] !== undefined) return { column, field: null }
    index[field] = at
    return { column, field }
  })
  if (index.email === undefined) {
    const shown = header.slice(0, 12).map((column) => JSON.stringify(column.slice(0, 40)))
    return {
      ok: false,
      reason: `row 1 has no column of email addresses; its columns are ${shown.join(', ')}. Name one of them "email"`,
    }
  }
  return { ok: true, mapping: { format, columns, index, state: stateOfFile(format, has) } }
}

/** Mailchimp's export of unsubscribed members has UNSUB_TIME; that of cleaned members has CLEAN_TIME. */
function stateOfFile(format: ListFormat, has: (name: string) => boolean): Mapping['state'] {
  if (format !== 'mailchimp') return 'confirmed'
  if (has('clean_time')) return 'suppressed'
  return has('unsub_time') ? 'unsubscribed' : 'confirmed'
}
