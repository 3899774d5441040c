/** Where a list was exported from. */
export type ListFormat = 'broadsheet' | 'mailchimp' | 'substack' | 'ghost' | 'buttondown' | 'kit' | 'listmonk' | 'plain'

/** What a column of the file is read as. */
export type Field =
  | 'email'
  | 'name'
  | 'first_name'
  | 'last_name'
  | 'status'
  /** True and false for one who gets mail. */
  | 'gets_mail'
  /** True and false for one who gets none. */
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

/** How a file is read: shown by a dry run before anything is taken. */
export interface Mapping {
  readonly format: ListFormat
  readonly columns: readonly { readonly column: string; readonly field: Field | null }[]
  /** Field → index of its column. */
  readonly index: Partial<Readonly<Record<Field, number>>>
  /** What a row without a status column is: Mailchimp puts each state into a file of its own. */
  readonly state: 'confirmed' | 'unsubscribed' | 'suppressed'
}

export type Recognition = { readonly ok: true; readonly mapping: Mapping } | { readonly ok: false; readonly reason: string }

interface Known {
  readonly format: ListFormat
  /** Each of these must be among the columns; of a list of names one. */
  readonly signature: readonly (string | readonly string[])[]
  /** What this program means by its columns, beyond what everybody does. */
  readonly columns: Readonly<Record<string, Field>>
}

const email = ['email', 'email_address']

/** The signatures are columns that no other of these programs writes. */
const known: readonly Known[] = [
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

/** What columns are called by whoever writes a list by hand, in a few languages. */
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

/** Reads the header of a list. The first column of a kind counts; what is not recognised is left alone. */
export function recogniseColumns(header: readonly string[]): Recognition {
  const names = header.map((column) =>
    column
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\s_-]+/g, '_'),
  )
  const has = (name: string) => names.includes(name)
  const found = known.find(({ signature }) => signature.every((part) => (typeof part === 'string' ? has(part) : part.some(has))))
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
      reason: `no column of row 1 is one of email addresses; its columns are ${shown.join(', ')}. Name one of them "email"`,
    }
  }
  return { ok: true, mapping: { format, columns, index, state: stateOfFile(format, has) } }
}

/** Only those who left have a time of leaving, and only those whose mail came back one of being cleaned. */
function stateOfFile(format: ListFormat, has: (name: string) => boolean): Mapping['state'] {
  if (format !== 'mailchimp') return 'confirmed'
  if (has('clean_time')) return 'suppressed'
  return has('unsub_time') ? 'unsubscribed' : 'confirmed'
}
