import type { Snapshot } from '../articles/article.ts'
import type { Email, EmailRequest } from '../email/email.ts'
import type { WebhookState } from '../inbound/webhook-secrets.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Tokens } from '../platform/tokens.ts'
import type { Publication } from '../publication/publication.ts'
import { paths } from '../publication/urls.ts'
import { testSubscriberId } from '../subscribers/unsubscribe.ts'
import type { Check, DoctorSettings } from './check.ts'
import { checks as allChecks } from './checks.ts'
import type { Line } from './line.ts'
import { runChecks } from './run-checks.ts'

/** What the doctor works with. */
export interface DoctorContext {
  readonly settings: () => DoctorSettings
  /** DNS_SERVERS. */
  readonly dnsServers: readonly string[]
  readonly publication: () => Publication
  readonly articles: () => Snapshot
  readonly database: Database
  readonly providerWebhooks: () => Promise<readonly WebhookState[]>
  readonly render: (request: EmailRequest) => Promise<Email>
  readonly tokens: Tokens
  readonly clock: Clock
}

export interface DoctorReport {
  readonly checkedAt: Date
  readonly lines: readonly Line[]
}

/** How long an answer is given again: whoever may ask cannot make the doctor ask others more often. */
const freshMs = 60_000

/** Examines the installation: at most one run at a time, and one a minute. */
export class Doctor {
  readonly #context: DoctorContext
  readonly #checks: readonly Check[]
  #running: Promise<DoctorReport> | undefined
  #last: DoctorReport | undefined

  constructor(context: DoctorContext, checks = allChecks) {
    this.#context = context
    this.#checks = checks
  }

  /** The last report, however old; undefined before the first. */
  last(): DoctorReport | undefined {
    return this.#last
  }

  /** The last report while it is fresh, that of a run under way, or that of a new run. */
  report(): Promise<DoctorReport> {
    const age = this.#last && this.#context.clock.now().getTime() - this.#last.checkedAt.getTime()
    // A negative age means that the clock was set back.
    if (this.#last && age !== undefined && age >= 0 && age < freshMs) return Promise.resolve(this.#last)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<DoctorReport> {
    const { settings, dnsServers, publication, articles, database, providerWebhooks, render, tokens, clock } = this.#context
    const now = clock.now()
    const lines = await runChecks(this.#checks, {
      settings: settings(),
      dnsServers,
      publication: publication(),
      articles: articles(),
      database,
      providerWebhooks,
      render,
      testUnsubscribePath: paths.unsubscribe(tokens.make('unsubscribe', testSubscriberId)),
      now,
    })
    this.#last = { checkedAt: clock.now(), lines }
    return this.#last
  }
}
