import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { LruCache } from '../../platform/lru-cache.ts'
import type { ClaimedDelivery } from '../delivery.ts'
import { readEdition } from '../sender/claim-store.ts'
import { compileMessage, type MessageTemplate } from './compile-message.ts'
import { type DkimIdentity, signatureOf } from './dkim.ts'
import type { ReturnAddresses } from './return-path.ts'

/** What the deployment adds to each message: a signature and return addresses. */
export interface Signing {
  /** Undefined: unsigned. */
  readonly dkim?: DkimIdentity | undefined
  /** Undefined: bounces go to the From address. */
  readonly returnAddresses?: ReturnAddresses | undefined
}

export interface MessageContext {
  readonly database: Database
  readonly signing: Signing
  readonly clock: Clock
}

export interface WrittenMessage {
  /** To be sent one after the other. */
  readonly pieces: readonly Buffer[]
  readonly from: string
  /** The buffer to hand to `reuse` once the message is written to the socket. */
  readonly space: Buffer
}

/** This message cannot be built. Only this delivery fails; other errors, such as a lost database, affect all. */
export class Unsendable extends Error {}

/** Compiled editions in the cache. An issue has few, and each holds its encoded text. */
const maxTemplates = 50

/** Builds the message of each delivery. Each edition is compiled once. */
export class MessageWriter {
  readonly #context: MessageContext
  readonly #templates = new LruCache<string, MessageTemplate>(maxTemplates)
  /** Reused buffers: a new one for each message would be most of what the process allocates. */
  readonly #memory: Buffer[] = []

  constructor(context: MessageContext) {
    this.#context = context
  }

  /** Throws Unsendable. */
  async write(delivery: ClaimedDelivery): Promise<WrittenMessage> {
    const { signing, clock } = this.#context
    const template = await this.#templateOf(delivery.editionId)
    const messageKey = `${delivery.mailingId}.${delivery.id}`
    const { returnAddresses, dkim } = signing
    const recipient = {
      address: delivery.address,
      messageKey,
      date: clock.now(),
      placeholders: delivery.placeholders,
      unsubscribeAddress: returnAddresses?.unsubscribeAddress(delivery.id),
    }
    const from = returnAddresses?.returnPath(delivery.id) ?? template.sender
    const merged = attempt(() => template.merge(recipient, this.#memory.pop()))
    const space = Buffer.from(merged.buffer)
    return { pieces: dkim ? [await signatureOf(merged, dkim, clock.now()), merged] : [merged], from, space }
  }

  /** Returns the buffer of a message that is written to the socket. */
  reuse(space: Buffer): void {
    this.#memory.push(space)
  }

  releaseMemory(): void {
    this.#memory.length = 0
  }

  async #templateOf(editionId: string): Promise<MessageTemplate> {
    const known = this.#templates.get(editionId)
    if (known) return known
    const edition = await readEdition(this.#context.database, editionId)
    const compiled = attempt(() => compileMessage(edition))
    this.#templates.set(editionId, compiled)
    return compiled
  }
}

function attempt<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw new Unsendable((error as Error).message, { cause: error })
  }
}
