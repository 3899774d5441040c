import type { Email, EmailRequest } from '../email/email.ts'
import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Queries } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { Messages } from '../platform/messages.ts'
import type { Random } from '../platform/random.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { Publication } from '../publication/publication.ts'

/** Dependencies of the subscribers module. */
export interface SubscribersContext {
  readonly database: Database
  readonly publication: () => Publication
  readonly render: (request: EmailRequest) => Promise<Email>
  readonly messages: Messages
  readonly tokens: Tokens
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly recordAudit: RecordAudit
  /** Keeps the hash of an erased address beside the database, so that a restored backup erases it again. Undefined: nowhere. */
  readonly noteErasure?: ((addressHash: string, now: Date) => void) | undefined
  /** Removes an erased address from tables of modules that this one does not know. Returns the number of changed rows. */
  readonly maskElsewhere?: ((tx: Queries, address: string) => Promise<number>) | undefined
  /** Called after mail is enqueued. */
  readonly triggerSender: () => void
}
