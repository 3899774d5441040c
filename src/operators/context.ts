import type { Email, EmailRequest } from '../email/email.ts'
import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { Messages } from '../platform/messages.ts'
import type { Random } from '../platform/random.ts'
import type { Publication } from '../publication/publication.ts'

/** What the verbs of this module work with. */
export interface OperatorsContext {
  readonly database: Database
  readonly publication: () => Publication
  readonly render: (request: EmailRequest) => Promise<Email>
  /** The words of log-in mail. */
  readonly messages: Messages
  /** Key of the stored hashes of sessions and API tokens. */
  readonly sessionKey: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly recordAudit: RecordAudit
  /** Called after mail is enqueued. */
  readonly triggerSender: () => void
}
