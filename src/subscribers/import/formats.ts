import type { Field } from './fields.ts'

/** The program that exported the list. */
export type ListFormat =
  | 'broadsheet'
  | 'mailchimp'
  | 'substack'
  | 'ghost'
  | 'buttondown'
  | 'kit'
  | 'listmonk'
  | 'phplist'
  | 'hubspot'
  | 'brevo'
  | 'mailpoet'
  | 'shopify'
  | 'plain'

export interface KnownFormat {
  readonly format: ListFormat
  /** All of these must be column keys. A nested list needs one match. */
  readonly signature: readonly (string | readonly string[])[]
  /** Meanings of columns in this format, in addition to the plain ones. Null: known, and not about consent to mail. */
  readonly columns: Readonly<Record<string, Field | null>>
}

const email = ['email', 'email_address', 'e_mail', 'e_mail_address']

/** Each signature consists of columns that only this program writes. */
export const knownFormats: readonly KnownFormat[] = [
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
      ...notAboutConsent('unsub_campaign_title unsub_campaign_id unsub_reason unsub_reason_other'),
    },
  },
  {
    format: 'substack',
    signature: [email, 'active_subscription'],
    // Whether somebody pays.
    columns: { email_disabled: 'gets_no_mail', created_at: 'confirmed_at', ...notAboutConsent('active_subscription plan type') },
  },
  {
    format: 'ghost',
    signature: [email, ['subscribed_to_emails', 'complimentary_plan']],
    columns: {
      subscribed_to_emails: 'gets_mail',
      subscribed: 'gets_mail',
      created_at: 'confirmed_at',
      deleted_at: 'unsubscribed_at',
      ...notAboutConsent('complimentary_plan'),
    },
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
      ...notAboutConsent('unsubscription_reason undeliverability_date undeliverability_reason'),
    },
  },
  {
    format: 'listmonk',
    signature: ['uuid', 'email', 'attributes', 'status'],
    columns: { created_at: 'confirmed_at' },
  },
  {
    format: 'phplist',
    signature: [
      email,
      ['is_this_subscriber_confirmed', 'is_this_user_confirmed', 'is_this_subscriber_blacklisted', 'is_this_user_blacklisted'],
    ],
    columns: {
      is_this_subscriber_confirmed: 'confirmed',
      is_this_user_confirmed: 'confirmed',
      is_this_subscriber_blacklisted: 'blocklisted',
      is_this_user_blacklisted: 'blocklisted',
      is_this_account_disabled: 'gets_no_mail',
      entered: 'requested_at',
      // Who confirmed by hand is confirmed too. A count of bounces is no suppression.
      ...notAboutConsent('did_this_subscriber_manually_confirm did_this_user_manually_confirm number_of_bounces'),
      ...notAboutConsent('send_this_subscriber_html_emails send_this_user_html_emails'),
    },
  },
  {
    format: 'hubspot',
    signature: [
      email,
      ['unsubscribed_from_all_email', 'marketing_contact_status', 'email_hard_bounce_reason', 'portal_unsubscribe', 'hs_email_optout'],
    ],
    columns: {
      unsubscribed_from_all_email: 'gets_no_mail',
      hs_email_optout: 'gets_no_mail',
      // HubSpot sends no newsletters to contacts that are not marketing contacts.
      marketing_contact_status: 'status',
      email_hard_bounce_reason: 'bounced',
      email_hard_bounced: 'bounced',
      invalid_email_address: 'bounced',
      portal_unsubscribe: 'gets_no_mail',
      portal_bounce: 'bounced',
      portal_spam_report: 'complained',
      global_bounce: 'bounced',
      ...notAboutConsent('marketing_emails_bounced lead_status lifecycle_stage state_region state'),
      ...notAboutConsent('marketing_contact_status_source_type marketing_contact_status_source_name marketing_contact_until_next_update'),
    },
  },
  {
    format: 'brevo',
    signature: [email, ['added_time', 'modified_time']],
    columns: {
      email_blacklist: 'blocklisted',
      email_blacklisted: 'blocklisted',
      emailblacklisted: 'blocklisted',
      email_blocklisted: 'blocklisted',
      blacklisted: 'blocklisted',
      blocklisted: 'blocklisted',
      email_marketing: 'status',
      email_marketing_status: 'status',
      email_subscription_status: 'status',
      opt_in: 'gets_mail',
      double_opt_in: 'confirmed',
      added_time: 'requested_at',
      ...notAboutConsent('sms_blacklist sms_blacklisted smsblacklisted sms_blocklisted sms_marketing sms_marketing_status'),
      ...notAboutConsent('whatsapp_blacklist whatsapp_blacklisted'),
    },
  },
  {
    format: 'mailpoet',
    signature: [email, ['global_status', 'list_status']],
    columns: {
      // Of one list, and of all mail. The stricter one counts.
      list_status: 'status',
      global_status: 'status',
      created_at: 'requested_at',
    },
  },
  {
    format: 'shopify',
    signature: [
      email,
      ['accepts_email_marketing', 'accepts_marketing'],
      ['total_spent', 'total_orders', 'tax_exempt', 'accepts_sms_marketing', 'customer_id'],
    ],
    columns: {
      accepts_email_marketing: 'gets_mail',
      accepts_marketing: 'gets_mail',
      ...notAboutConsent('accepts_sms_marketing tax_exempt default_address_province_code province_code'),
    },
  },
  {
    format: 'kit',
    signature: [email, 'first_name', ['state', 'status'], 'created_at'],
    columns: { state: 'status', created_at: 'confirmed_at', cancelled_at: 'unsubscribed_at' },
  },
]

/** Common column names of hand-written lists, in several languages. */
export const plainColumns: Readonly<Record<string, Field>> = {
  ...named('email', 'email email_address e_mail e_mail_address mail address_email adresse_e_mail e_mail_adresse adresse_mail correo'),
  ...named('email', 'correo_electronico courriel subscriber_email'),
  ...named('name', 'name full_name fullname nom nombre'),
  ...named('first_name', 'first_name firstname fname given_name vorname prenom'),
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

function notAboutConsent(columns: string): Record<string, null> {
  return Object.fromEntries(columns.split(' ').map((column) => [column, null]))
}
