import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { Tokens } from '../platform/tokens.ts'
import { batched } from './batch.ts'
import type { ClaimedDelivery, Settlement } from './delivery.ts'
import { type DkimIdentity, signMessage } from './dkim.ts'
import { needsSmtpUtf8, wireAddress } from './mail-address.ts'
import { compileMessage, type MessageTemplate } from './message.ts'
import { settlementOf } from './retry.ts'
import type { WaysBack } from './return-path.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import { connectSmtp, type SmtpConnection } from './smtp.ts'
import type { SmtpServer } from './smtp-server.ts'
import { markHandingOver, putBack, readEdition, settle } from './store.ts'
import { refuseSuppressed } from './suppressions.ts'

/** Carries single deliveries from their lease to their settlement, over connections that it keeps open. */
export interface HandOver {
  /** Throws ServerUnavailable where no connection is to be had: the delivery is untouched then. */
  deliver(delivery: ClaimedDelivery, lease: string): Promise<void>
  /** Closes the connections that nothing uses. */
  closeIdle(): void
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

/** Intents and results of this long share one durable commit; measured, it costs no throughput. */
const batchMs = 3
/** For half a minute: a restart of the database takes less. */
const maxRecordTries = 30
const recordPauseMs = 1_000
/** Compiled editions kept: an issue has few, and each holds its encoded text. */
const maxTemplates = 50

const needsOtherServer = 'the SMTP server does not take addresses that are not ASCII before the @ (it does not offer SMTPUTF8)'

interface Result {
  readonly lease: string
  readonly id: number
  /** Absent where the server turned us away. */
  readonly settlement: Settlement | undefined
}

export function openHandOver(
  database: Database,
  smtpServer: () => Promise<SmtpServer>,
  tokens: Pick<Tokens, 'keyedHash'>,
  seal: Seal,
  clock: Clock,
  log: Log,
): HandOver {
  const idle: SmtpConnection[] = []
  const busy = new Set<SmtpConnection>()
  const templates = new Map<string, MessageTemplate>()

  const intend = batched(batchMs, async (wishes: readonly { lease: string; id: number; addressKey: string }[]) => {
    const granted = await database.transaction(async (tx) => {
      const ids = new Set<number>()
      const allowed = await refuseSuppressed(tx, tokens, wishes, clock.now())
      for (const lease of new Set(allowed.map((wish) => wish.lease))) {
        const wanted = allowed.filter((wish) => wish.lease === lease).map((wish) => wish.id)
        for (const id of await markHandingOver(tx, lease, wanted)) ids.add(id)
      }
      return ids
    })
    return wishes.map((wish) => granted.has(wish.id))
  })

  const record = batched(batchMs, async (results: readonly Result[]) => {
    for (let tries = 1; ; tries++) {
      try {
        await recordOnce(results)
        return results.map(() => undefined)
      } catch (error) {
        // What was answered is known only here: a database that is away for a moment must not make it uncertain.
        if (tries >= maxRecordTries) throw error
        log.error({ reason: (error as Error).message, results: results.length }, 'results of deliveries could not be recorded yet')
        await new Promise((resolve) => setTimeout(resolve, recordPauseMs))
      }
    }
  })

  async function recordOnce(results: readonly Result[]): Promise<void> {
    const now = clock.now()
    await database.transaction(async (tx) => {
      for (const { lease, id, settlement } of results) {
        if (settlement) await settle(tx, lease, id, settlement, now)
        else await putBack(tx, lease, id)
      }
    })
  }

  async function templateOf(editionId: string): Promise<MessageTemplate> {
    const known = templates.get(editionId)
    if (known) return known
    const edition = await readEdition(database, editionId)
    const compiled = attempt(() => compileMessage(edition))
    if (templates.size >= maxTemplates) templates.delete(templates.keys().next().value as string)
    templates.set(editionId, compiled)
    return compiled
  }

  async function takeConnection(): Promise<SmtpConnection> {
    for (let open = idle.pop(); open; open = idle.pop()) {
      if (!open.isOpen) continue
      busy.add(open)
      return open
    }
    try {
      const opened = await connectSmtp(await smtpServer())
      busy.add(opened)
      return opened
    } catch (error) {
      throw new ServerUnavailable((error as Error).message, { cause: error })
    }
  }

  async function write(delivery: ClaimedDelivery): Promise<{ message: Buffer; from: string }> {
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
    const merged = attempt(() => template.merge(recipient))
    const message = dkim ? await signMessage(merged, dkim, clock.now()) : merged
    return { message, from: waysBack?.returnPath(delivery.id) ?? template.sender }
  }

  return {
    async deliver(delivery, lease) {
      const { id } = delivery
      const attempts = delivery.attempts + 1
      let written: { message: Buffer; from: string }
      try {
        written = await write(delivery)
      } catch (error) {
        if (!(error instanceof Unsendable)) throw error
        // A mistake in one message must not hold up the others.
        await record({ lease, id, settlement: { state: 'failed', reason: `not sendable: ${error.message}` } })
        return
      }
      const smtp = await takeConnection()
      if (needsSmtpUtf8(delivery.address) && !smtp.takesSmtpUtf8) {
        busy.delete(smtp)
        idle.push(smtp)
        await record({ lease, id, settlement: { state: 'failed', reason: needsOtherServer } })
        return
      }
      let intent: Promise<boolean> | undefined
      const answer = await smtp.send({ from: written.from, to: wireAddress(delivery.address) }, written.message, () => {
        intent = intend({ lease, id, addressKey: delivery.addressKey })
        return intent
      })
      busy.delete(smtp)
      if (smtp.isOpen) idle.push(smtp)
      // The answer may come before the intent's commit, where the connection is lost in between: the row tells only then.
      await intent?.catch(() => false)
      if (answer.kind === 'unavailable') {
        await record({ lease, id, settlement: undefined })
        throw new ServerUnavailable(answer.reason)
      }
      const settlement = settlementOf(answer, attempts, clock.now())
      if (!settlement) return
      await record({ lease, id, settlement })
      const { state, reason } = settlement
      // Servers repeat the address in their replies: the log gets no more than the codes.
      const reply = /\b[245]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?\b/.exec(reason)?.[0]
      log[state === 'sent' ? 'debug' : 'warn']({ deliveryId: id, mailingId: delivery.mailingId, attempts, state, reply }, 'delivery tried')
    },
    closeIdle() {
      for (const smtp of idle.splice(0)) smtp.close()
    },
    closeAll() {
      for (const smtp of [...busy, ...idle.splice(0)]) smtp.close()
    },
  }
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
