import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { needsSmtpUtf8, wireAddress } from '../../platform/email-address.ts'
import type { Log } from '../../platform/log.ts'
import type { Random } from '../../platform/random.ts'
import { MessageWriter, type Signing, Unsendable, type WrittenMessage } from '../message/message-writer.ts'
import { SmtpConnections } from '../smtp/connections.ts'
import { readReply } from '../smtp/reply.ts'
import { ServerUnavailable } from '../smtp/server-unavailable.ts'
import type { SmtpServer } from '../smtp/smtp-url.ts'
import type { Answer } from '../smtp/transaction.ts'
import type { DeliveryJournal, Leased, Result } from './delivery-journal.ts'
import { type Decision, decide } from './retry.ts'

/** Carries single deliveries from their lease to their settlement, over connections that it keeps open. */
export interface HandOver {
  /**
   * How the receiving domain took it. Throws ServerUnavailable where no connection is to be had, or the server turns us away: the
   * delivery is as it was then.
   */
  deliver(leased: Leased): Promise<'taken' | 'throttled' | 'other'>
  /** Resolves when what was recorded is on disk; throws where that failed. */
  recorded(): Promise<void>
  /** Closes the connections that nothing uses. */
  closeIdle(): void
  /** Ends what waits for a connection: nothing was handed over for it yet. */
  openNoMore(): void
  /** Closes those in use too: what they carry is settled by what is known of it. */
  closeAll(): void
}

export interface HandOverContext {
  readonly database: Database
  readonly journal: DeliveryJournal
  readonly smtpServer: () => Promise<SmtpServer>
  readonly signing: Signing
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

const needsOtherServer = 'the SMTP server does not take addresses that are not ASCII before the @ (it does not offer SMTPUTF8)'

export function openHandOver(context: HandOverContext): HandOver {
  return new SmtpHandOver(context)
}

class SmtpHandOver implements HandOver {
  readonly #context: HandOverContext
  readonly #connections: SmtpConnections
  readonly #writer: MessageWriter
  readonly #underWay = new Set<Promise<void>>()
  #recordFailure: Error | undefined

  constructor(context: HandOverContext) {
    this.#context = context
    this.#connections = new SmtpConnections(context.smtpServer)
    this.#writer = new MessageWriter(context)
  }

  async deliver(leased: Leased): Promise<'taken' | 'throttled' | 'other'> {
    const { journal, log } = this.#context
    const { delivery } = leased
    let decision: Decision | undefined
    try {
      decision = await this.#tryOnce(leased, await this.#writer.write(delivery))
    } catch (error) {
      if (error instanceof ServerUnavailable) {
        await journal.record({ ...leased, turnedAway: error.message, pause: error.isAboutUs })
        throw error
      }
      if (!(error instanceof Unsendable)) throw error
      // A mistake in one message must not hold up the others.
      decision = { settlement: { state: 'failed', reason: `not sendable: ${error.message}` } }
    }
    if (!decision) return 'other'
    await this.#record({ ...leased, decision })
    const { state, reason } = decision.settlement
    // Servers repeat the address in their replies: the log gets no more than the codes.
    const told = { deliveryId: delivery.id, mailingId: delivery.mailingId, attempts: delivery.attempts + 1, state, ...readReply(reason) }
    log[state === 'sent' ? 'debug' : 'warn'](told, 'delivery tried')
    return decision.isThrottled ? 'throttled' : state === 'sent' ? 'taken' : 'other'
  }

  async recorded(): Promise<void> {
    await Promise.all(this.#underWay)
    const failure = this.#recordFailure
    this.#recordFailure = undefined
    if (failure) throw failure
  }

  closeIdle(): void {
    this.#writer.releaseMemory()
    this.#connections.closeIdle()
  }

  openNoMore(): void {
    this.#connections.openNoMore()
  }

  closeAll(): void {
    this.#connections.closeAll()
  }

  /** Undefined where it was withdrawn. */
  async #tryOnce(leased: Leased, written: WrittenMessage): Promise<Decision | undefined> {
    const connections = this.#connections
    const used = connections.takeIdle()
    let smtp = used ?? (await connections.connect())
    if (needsSmtpUtf8(leased.delivery.address) && !smtp.takesSmtpUtf8) {
      connections.giveBack(smtp)
      return { settlement: { state: 'failed', reason: needsOtherServer } }
    }
    const envelope = { from: written.from, to: wireAddress(leased.delivery.address) }
    let isAsked = false
    const beforeBody = () => {
      isAsked = true
      return this.#context.journal.intend(leased)
    }
    let answer = await smtp.send(envelope, written.message, beforeBody)
    if (used && !isAsked && mayBeOfConnection(answer)) {
      connections.discard(used)
      smtp = await connections.connect()
      answer = await smtp.send(envelope, written.message, beforeBody)
    }
    connections.giveBack(smtp)
    if (answer.kind === 'accepted' && answer.isOut && written.space) this.#writer.reuse(written.space)
    if (answer.kind === 'unavailable') throw new ServerUnavailable(answer.reason, { isAboutUs: answer.isAboutUs })
    const { clock, random } = this.#context
    const { attempts, enqueuedAt } = leased.delivery
    const chance = () => (random.bytes(1)[0] ?? 0) / 255
    return decide(answer, { attempts: attempts + 1, enqueuedAt: new Date(enqueuedAt), now: clock.now(), chance })
  }

  /** Nobody waits for "sent" to be on disk: the next intent of the connection is not there before it. */
  async #record(result: Result & { readonly decision: Decision }): Promise<void> {
    const recorded = this.#context.journal
      .record(result)
      .catch((error: Error) => {
        this.#recordFailure = error
      })
      .finally(() => this.#underWay.delete(recorded))
    this.#underWay.add(recorded)
    if (result.decision.settlement.state !== 'sent') await recorded
    if (this.#recordFailure) throw this.#recordFailure
  }
}

/** Servers end a connection after so many messages or so long a time, and say so to what comes next: the server is known by a new one. */
function mayBeOfConnection(answer: Answer): boolean {
  if (answer.kind === 'refused') return readReply(answer.reply).code === 421
  return answer.kind === 'unreached' || (answer.kind === 'unavailable' && !answer.isAboutUs)
}
