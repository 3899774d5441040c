import type { Snapshot } from '../articles/article.ts'
import type { BackupSettings } from '../backups/last-backup.ts'
import type { Email, EmailRequest } from '../email/email.ts'
import type { WebhookState } from '../inbound/webhook-secrets.ts'
import type { DkimIdentity } from '../outbox/message/dkim.ts'
import type { SmtpServer } from '../outbox/smtp/smtp-url.ts'
import type { Database } from '../platform/database/database.ts'
import type { Publication } from '../publication/publication.ts'
import type { Dns } from './dns/dns.ts'
import type { Finding } from './line.ts'
import type { HttpAnswer } from './probes/http.ts'
import type { SmtpAnswer } from './probes/smtp.ts'

/** The settings of the deployment that checks look at. */
export interface DoctorSettings {
  /** Undefined: the built-in mailbox. `name` is what EHLO says. */
  readonly smtp: SmtpServer | undefined
  readonly dkim: DkimIdentity | undefined
  /** BOUNCE_ADDRESS. */
  readonly bounceAddress: string | undefined
  /** Whether bounces come in by SMTP, by IMAP or from a provider. */
  readonly isMailRead: boolean
  /** INBOUND_SMTP_PORT. */
  readonly inboundSmtpPort: number | undefined
  /** `postgres://…` or the path of the database file. */
  readonly databaseAddress: string
  readonly dataFolder: string
  readonly templatesFolder: string
  /** Undefined: BACKUP_DIR is not set. */
  readonly backups: BackupSettings | undefined
  /** Of SECRET and ADMIN_TOKEN those that can be guessed, with the reason as a predicate. */
  readonly weakSecrets: readonly { readonly name: string; readonly weakness: string }[]
  /** What is accepted but probably not meant, as sentences that begin with the variable. */
  readonly warnings: readonly string[]
}

/** What one run of the checks works with. Look-ups and connections are made once, whichever checks ask for them. */
export interface CheckContext {
  readonly settings: DoctorSettings
  readonly publication: Publication
  readonly articles: Snapshot
  readonly database: Database
  /** The webhooks of providers whose secret is set. */
  readonly providerWebhooks: () => Promise<readonly WebhookState[]>
  readonly render: (request: EmailRequest) => Promise<Email>
  /** The unsubscribe link of test messages: valid, and unsubscribes nobody. */
  readonly testUnsubscribePath: string
  readonly now: Date
  readonly dns: Dns
  /** Aborts when the time of the run is over. */
  readonly signal: AbortSignal
  /** The answer of the SMTP server. Expects that there is one. */
  readonly smtp: () => Promise<SmtpAnswer>
  /** The answer of PUBLIC_URL to its health check. */
  readonly health: () => Promise<HttpAnswer>
}

/** One thing that the doctor looks at. To add one, write a file in `checks/` and name it in `checks.ts`. */
export interface Check {
  /** Stable: scripts read it in the JSON. */
  readonly id: string
  readonly title: string
  /** Skipped with the built-in mailbox. */
  readonly isAboutMail?: boolean
  /** Returns at least one finding. An error that it throws becomes a warning. */
  readonly run: (context: CheckContext) => Promise<readonly Finding[]>
}
