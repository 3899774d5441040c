import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { needsSmtpUtf8, wireAddress } from '../../platform/email-address.ts'
import type { Log } from '../../platform/log.ts'
import { count } from '../../platform/process-counters.ts'
import type { Random } from '../../platform/random.ts'
import { MessageWriter, type Signing, Unsendable, type WrittenMessage } from '../message/message-writer.ts'
import { SmtpConnections } from '../smtp/connections.ts'
import { readReply } from '../smtp/reply.ts'
import { ServerUnavailable } from '../smtp/server-unavailable.ts'
import type { SmtpServer } from '../smtp/smtp-url.ts'
import type { Answer } from '../smtp/transaction.ts'
import type { DeliveryJournal, Leased, Result } from './delivery-journal.ts'
import { type Decision, decide } from './retry.ts'

/** Hands over leased deliveries and records the results. Keeps its connections open. */
export interface HandOver {
  /**
   * Hands over one delivery. Throws ServerUnavailable if there is no connection or the server rejects us; the delivery is then
   * unchanged.
   */
  deliver(leased: Leased): Promise<'accepted' | 'throttled' | 'other'>
  /** Resolves when all results are on disk; throws if that failed. */
  recorded(): Promise<void>
  /** Closes idle connections. */
  closeIdle(): void
  /** Aborts pending connection attempts. Their deliveries were not handed over. */
  stopConnecting(): void
  /** Closes all connections. Running deliveries are settled by what is known so far. */
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

const noSmtpUtf8 = 'the SMTP server does not support addresses with non-ASCII characters before the @ (it does not offer SMTPUTF8)'

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

  async deliver(leased: Leased): Promise<'accepted' | 'throttled' | 'other'> {
    const { journal, log } = this.#context
    const { delivery } = leased
    let decision: Decision | undefined
    try {
      decision = await this.#tryOnce(leased, await this.#writer.write(delivery))
    } catch (error) {
      if (error instanceof ServerUnavailable) {
        await journal.record({ ...leased, rejection: error.message, pause: error.isAboutUs })
        throw error
      }
      if (!(error instanceof Unsendable)) throw error
      // A message that cannot be built fails alone and does not block the others.
      decision = { settlement: { state: 'failed', reason: `not sendable: ${error.message}` } }
    }
    if (!decision) return 'other'
    await this.#record({ ...leased, decision })
    const { state, reason } = decision.settlement
    count('delivery_attempts_total', [state, replyClassOf(reason)])
    // Log only the codes: replies often contain the address.
    const details = { deliveryId: delivery.id, mailingId: delivery.mailingId, attempts: delivery.attempts + 1, state, ...readReply(reason) }
    log[state === 'sent' ? 'debug' : 'warn'](details, 'delivery tried')
    return decision.isThrottled ? 'throttled' : state === 'sent' ? 'accepted' : 'other'
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

  stopConnecting(): void {
    this.#connections.stopConnecting()
  }

  closeAll(): void {
    this.#connections.closeAll()
  }

  /** Undefined if the delivery was withdrawn. */
  async #tryOnce(leased: Leased, written: WrittenMessage): Promise<Decision | undefined> {
    const connections = this.#connections
    const used = connections.takeIdle()
    let smtp = used ?? (await connections.connect())
    if (needsSmtpUtf8(leased.delivery.address) && !smtp.supportsSmtpUtf8) {
      connections.giveBack(smtp)
      return { settlement: { state: 'failed', reason: noSmtpUtf8 } }
    }
    const envelope = { from: written.from, to: wireAddress(leased.delivery.address) }
    let isIntended = false
    const beforeBody = () => {
      isIntended = true
      return this.#context.journal.intend(leased)
    }
    let answer = await smtp.send(envelope, written.pieces, beforeBody)
    if (used && !isIntended && mayBeOfConnection(answer)) {
      connections.discard(used)
      smtp = await connections.connect()
      answer = await smtp.send(envelope, written.pieces, beforeBody)
    }
    connections.giveBack(smtp)
    if (answer.kind === 'accepted' && answer.isOut) this.#writer.reuse(written.space)
    if (answer.kind === 'unavailable') throw new ServerUnavailable(answer.reason, { isAboutUs: answer.isAboutUs })
    const { clock, random } = this.#context
    const { attempts, enqueuedAt } = leased.delivery
    const chance = () => (random.bytes(1)[0] ?? 0) / 255
    return decide(answer, { attempts: attempts + 1, enqueuedAt: new Date(enqueuedAt), now: clock.now(), chance })
  }

  /** Does not wait until "sent" is on disk: the journal writes it before the next intent of the connection. */
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

/** Servers close a connection after some messages or some time. Such an answer is about the connection, so a new one is tried. */
function mayBeOfConnection(answer: Answer): boolean {
  if (answer.kind === 'refused') return readReply(answer.reply).code === 421
  return answer.kind === 'unreached' || (answer.kind === 'unavailable' && !answer.isAboutUs)
}

function replyClassOf(reason: string | undefined): string {
  const { code } = readReply(reason ?? '')
  return code === 0 ? 'none' : `${Math.floor(code / 100)}xx`
}
