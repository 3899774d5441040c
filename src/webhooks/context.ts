import type { RecordAudit } from '../platform/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { FetchAllowance } from '../platform/http/fetch-allowance.ts'
import type { FetchContext } from '../platform/http/safe-fetch.ts'
import type { Log } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'

/** What the verbs about webhooks work with. */
export interface WebhooksContext {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly recordAudit: RecordAudit
  /** FETCH_ALLOW: private addresses that may be called, also by http. */
  readonly fetchAllow: readonly FetchAllowance[]
  /** Timeout of one attempt; default: 15 seconds. */
  readonly answerMs?: number
  /** Name resolution; default: the machine's. */
  readonly fetching?: FetchContext
}
