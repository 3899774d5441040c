/** Well-known mail services: the end of the host name in SMTP_URL, and what their documentation says to include in SPF. */
const relays: readonly (readonly [host: string, include: string])[] = [
  ['amazonaws.com', 'amazonses.com'],
  ['sendgrid.net', 'sendgrid.net'],
  ['mailgun.org', 'mailgun.org'],
  ['postmarkapp.com', 'spf.mtasv.net'],
  ['brevo.com', 'spf.brevo.com'],
  ['mailjet.com', 'spf.mailjet.com'],
  ['gmail.com', '_spf.google.com'],
  ['office365.com', 'spf.protection.outlook.com'],
  ['fastmail.com', 'spf.messagingengine.com'],
  ['zoho.com', 'zohomail.com'],
]

/** The domain to include for mail through `host`; undefined if the service is not known. */
export function includeFor(host: string): string | undefined {
  const name = host.toLowerCase()
  return relays.find(([end]) => name === end || name.endsWith(`.${end}`))?.[1]
}
