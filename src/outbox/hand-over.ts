import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import type { ClaimedDelivery } from './delivery.ts'
import { type DkimIdentity, signMessage } from './dkim.ts'
import { needsSmtpUtf8, wireAddress } from './mail-address.ts'
import { compileMessage, type MessageTemplate } from './message.ts'
import type { Leased, Records, Result } from './records.ts'
import { readReply, type Verdict, verdictOf } from './retry.ts'
import type { WaysBack } from './return-path.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import { connectSmtp, type SmtpConnection } from './smtp.ts'
import type { SmtpServer } from './smtp-server.ts'
import { readEdition } from './store.ts'
import type { Answer } from './transaction.ts'

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

/** What the deployment adds to a message. */
export interface Seal {
  /** Undefined: unsigned. */
  readonly dkim?: DkimIdentity | undefined
  /** Undefined: bounces go to the sender of the mail. */
  readonly waysBack?: WaysBack | undefined
}

export interface HandOverOptions {
  readonly database: Database
  readonly records: Records
  readonly smtpServer: () => Promise<SmtpServer>
  readonly seal: Seal
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

interface Written {
  readonly message: Buffer
  readonly from: string
  /** Free once the message is out. */
  readonly space: Buffer | undefined
}

/** Compiled editions kept: an issue has few, and each holds its encoded text. */
const maxTemplates = 50

const needsOtherServer = 'the SMTP server does not take addresses that are not ASCII before the @ (it does not offer SMTPUTF8)'

export function openHandOver({ database, records, smtpServer, seal, clock, random, log }: HandOverOptions): HandOver {
  const idle: SmtpConnection[] = []
  const busy = new Set<SmtpConnection>()
  const closing = new AbortController()
  const templates = new Map<string, MessageTemplate>()
  const underWay = new Set<Promise<void>>()
  let recordFailure: Error | undefined
  /** Memory for messages, used again: a new piece for each would be most of what the process allocates. */
  const memory: Buffer[] = []

  async function templateOf(editionId: string): Promise<MessageTemplate> {
    const known = templates.get(editionId)
    if (known) return known
    const edition = await readEdition(database, editionId)
    const compiled = attempt(() => compileMessage(edition))
    if (templates.size >= maxTemplates) templates.delete(templates.keys().next().value as string)
    templates.set(editionId, compiled)
    return compiled
  }

  function takeIdle(): SmtpConnection | undefined {
    for (let open = idle.pop(); open; open = idle.pop()) {
      if (!open.isOpen) continue
      busy.add(open)
      return open
    }
    return undefined
  }

  async function connect(): Promise<SmtpConnection> {
    const opened = await connectSmtp(await smtpServer(), closing.signal)
    busy.add(opened)
    return opened
  }

  function giveBack(smtp: SmtpConnection): void {
    busy.delete(smtp)
    if (smtp.isOpen) idle.push(smtp)
  }

  async function write(delivery: ClaimedDelivery): Promise<Written> {
    const template = await templateOf(delivery.editionId)
    const messageKey = `${delivery.mailingId}.${delivery.id}`
    const { waysBack, dkim } = seal
    const recipient = {
      address: delivery.address,
      messageKey,
      date: clock.now(),
      holes: delivery.holes,
      leaveAddress: waysBack?.leaveAddress(delivery.id),
    }
    const from = waysBack?.returnPath(delivery.id) ?? template.sender
    const merged = attempt(() => template.merge(recipient, memory.pop()))
    const space = Buffer.from(merged.buffer)
    if (!dkim) return { message: merged, from, space }
    const message = await signMessage(merged, dkim, clock.now())
    memory.push(space)
    return { message, from, space: undefined }
  }

  /** Undefined where it was withdrawn. */
  async function tryOnce(leased: Leased, written: Written): Promise<Verdict | undefined> {
    const used = takeIdle()
    let smtp = used ?? (await connect())
    if (needsSmtpUtf8(leased.delivery.address) && !smtp.takesSmtpUtf8) {
      giveBack(smtp)
      return { settlement: { state: 'failed', reason: needsOtherServer } }
    }
    const envelope = { from: written.from, to: wireAddress(leased.delivery.address) }
    let isAsked = false
    const beforeBody = () => {
      isAsked = true
      return records.intend(leased)
    }
    let answer = await smtp.send(envelope, written.message, beforeBody)
    if (used && !isAsked && mayBeOfConnection(answer)) {
      busy.delete(used)
      used.close()
      smtp = await connect()
      answer = await smtp.send(envelope, written.message, beforeBody)
    }
    giveBack(smtp)
    if (answer.kind === 'accepted' && answer.isOut && written.space) memory.push(written.space)
    if (answer.kind === 'unavailable') throw new ServerUnavailable(answer.reason, { isAboutUs: answer.isAboutUs })
    const { attempts, owedAt } = leased.delivery
    const chance = () => (random.bytes(1)[0] ?? 0) / 255
    return verdictOf(answer, { attempts: attempts + 1, owedAt: new Date(owedAt), now: clock.now(), chance })
  }

  /** Nobody waits for "sent" to be on disk: the next intent of the connection is not there before it. */
  async function record(result: Result & { readonly verdict: Verdict }): Promise<void> {
    const recorded = records
      .record(result)
      .catch((error: Error) => {
        recordFailure = error
      })
      .finally(() => underWay.delete(recorded))
    underWay.add(recorded)
    if (result.verdict.settlement.state !== 'sent') await recorded
    if (recordFailure) throw recordFailure
  }

  return {
    async recorded() {
      await Promise.all(underWay)
      const failure = recordFailure
      recordFailure = undefined
      if (failure) throw failure
    },
    async deliver(leased) {
      const { delivery } = leased
      let verdict: Verdict | undefined
      try {
        verdict = await tryOnce(leased, await write(delivery))
      } catch (error) {
        if (error instanceof ServerUnavailable) {
          await records.record({ ...leased, turnedAway: error.message, pause: error.isAboutUs })
          throw error
        }
        if (!(error instanceof Unsendable)) throw error
        // A mistake in one message must not hold up the others.
        verdict = { settlement: { state: 'failed', reason: `not sendable: ${error.message}` } }
      }
      if (!verdict) return 'other'
      await record({ ...leased, verdict })
      const { state, reason } = verdict.settlement
      // Servers repeat the address in their replies: the log gets no more than the codes.
      const told = { deliveryId: delivery.id, mailingId: delivery.mailingId, attempts: delivery.attempts + 1, state, ...readReply(reason) }
      log[state === 'sent' ? 'debug' : 'warn'](told, 'delivery tried')
      return verdict.isThrottled ? 'throttled' : state === 'sent' ? 'taken' : 'other'
    },
    closeIdle() {
      memory.length = 0
      for (const smtp of idle.splice(0)) smtp.close()
    },
    openNoMore() {
      closing.abort()
    },
    closeAll() {
      closing.abort()
      for (const smtp of [...busy, ...idle.splice(0)]) smtp.close()
    },
  }
}

/** Servers end a connection after so many messages or so long a time, and say so to what comes next: the server is known by a new one. */
function mayBeOfConnection(answer: Answer): boolean {
  if (answer.kind === 'refused') return readReply(answer.reply).code === 421
  return answer.kind === 'unreached' || (answer.kind === 'unavailable' && !answer.isAboutUs)
}

/** A message that cannot be written; unlike a database that cannot be read, that is about this delivery alone. */
class Unsendable extends Error {}

function attempt<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw new Unsendable((error as Error).message, { cause: error })
  }
}
