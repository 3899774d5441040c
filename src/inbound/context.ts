import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import type { MailParser } from './mail-parser.ts'

/** What the functions of this module work with. */
export interface InboundContext {
  readonly database: Database
  readonly subscribers: SubscribersContext
  readonly tokens: Tokens
  readonly mailParser: Pick<MailParser, 'parse'>
  readonly clock: Clock
  readonly log: Log
}
