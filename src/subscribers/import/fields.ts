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
  /** True for an address whose reader confirmed it. */
  | 'confirmed'
  /** True, or a reason, for an address that an operator blocked. */
  | 'blocklisted'
  /** True, or a reason, for an address that mail bounced from. */
  | 'bounced'
  /** True, or a reason, for an address whose reader complained. */
  | 'complained'
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

/** Fields that tell whether an address may get mail. Several columns may have one; the strictest counts. */
export const stateFields = [
  'status',
  'gets_mail',
  'gets_no_mail',
  'confirmed',
  'blocklisted',
  'bounced',
  'complained',
  'unsubscribed_at',
  'bounced_at',
  'suppressed',
] as const satisfies readonly Field[]
export type StateField = (typeof stateFields)[number]

export function isStateField(field: Field): field is StateField {
  return stateFields.some((one) => one === field)
}

/** The fields that `--map` takes, by name. `opted_in` and `opted_out` are the fields `gets_mail` and `gets_no_mail`. */
const mapFields: Readonly<Record<string, Field>> = {
  email: 'email',
  name: 'name',
  first_name: 'first_name',
  last_name: 'last_name',
  status: 'status',
  opted_in: 'gets_mail',
  opted_out: 'gets_no_mail',
  confirmed: 'confirmed',
  blocklisted: 'blocklisted',
  bounced: 'bounced',
  complained: 'complained',
  digests: 'digests',
  topics: 'topics',
  language: 'language',
  source: 'source',
  requested_at: 'requested_at',
  confirmed_at: 'confirmed_at',
  unsubscribed_at: 'unsubscribed_at',
  bounced_at: 'bounced_at',
  paused_until: 'paused_until',
}

export const mapFieldNames: readonly string[] = Object.keys(mapFields)

/** The field that `--map` calls by this name, or by the name that reports show. */
export function fieldCalled(name: string): Field | undefined {
  const key = name.trim().toLowerCase()
  if (Object.hasOwn(mapFields, key)) return mapFields[key]
  return key === 'gets_mail' || key === 'gets_no_mail' ? key : undefined
}

/** The name of a field for `--map`. */
export function mapNameOf(field: Field): string {
  return mapFieldNames.find((name) => mapFields[name] === field) ?? field
}
