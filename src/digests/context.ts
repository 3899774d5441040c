import type { Snapshot } from '../articles/article.ts'
import type { MailPictures } from '../articles/images/mail-images.ts'
import type { Email, EmailRequest } from '../email/email.ts'
import type { Surveys } from '../outbox/surveys.ts'
import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { Messages } from '../platform/messages.ts'
import type { Random } from '../platform/random.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { DigestDefinition, Publication } from '../publication/publication.ts'

/** What the verbs of this module work with. */
export interface DigestsContext {
  readonly database: Database
  readonly publication: () => Publication
  readonly articles: () => Snapshot
  readonly render: (request: EmailRequest) => Promise<Email>
  readonly preparePictures: MailPictures['prepare']
  readonly messages: Messages
  readonly tokens: Tokens
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly recordAudit: RecordAudit
  readonly surveys: Surveys
  /** Called when deliveries are queued. */
  readonly triggerSender: () => void
}

export function definitionOf(context: DigestsContext, name: string): DigestDefinition | undefined {
  return context.publication().digests.get(name)
}
