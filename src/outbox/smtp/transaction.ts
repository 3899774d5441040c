import { needsSmtpUtf8 } from '../../platform/email-address.ts'
import { type Dialogue, oneLine, type ServerReply } from './dialogue.ts'

/** How one try ended, as the server told it or did not. */
export type Answer =
  /** `isOut`: nothing of the message is still to be written, so that its memory can be used again. */
  | { readonly kind: 'accepted'; readonly reply: string; readonly isOut: boolean }
  /** A numeric reply about this recipient or this message: definite, whenever it came. */
  | { readonly kind: 'refused'; readonly reply: string }
  /** Refused before a recipient was named: the server takes no mail from us at present, or not as we are. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly isAboutUs: boolean }
  /** The body was never asked for, or not given because the delivery is no longer queued. */
  | { readonly kind: 'withdrawn' }
  /** No whole message left: it cannot have been accepted. */
  | { readonly kind: 'unreached'; readonly reason: string }
  /** The whole message left and no reply came. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface Envelope {
  /** Both as they stand on the wire. */
  readonly from: string
  readonly to: string
}

/** The SIZE that MAIL FROM announced (RFC 1870 §6.2): about the message after all. */
const tooLarge = 552
const waitsForMessage = 354

/**
 * Hands over one message (RFC 5321 §3.3), which ends in CRLF and has no line that begins with a dot. `beforeBody` is asked once the
 * server waits for the message and before a byte of it leaves; false withdraws. `extensions`: what the server offered, by their
 * keywords. `isFirst`: the connection has not carried a message yet. Never throws; after an answer that leaves the session in doubt the dialogue has ended.
 */
export async function transact(
  dialogue: Dialogue,
  extensions: readonly string[],
  envelope: Envelope,
  message: Buffer,
  beforeBody: () => Promise<boolean>,
  isFirst: boolean,
): Promise<Answer> {
  let leaves: Promise<boolean> | undefined
  try {
    const refusal = await offer(dialogue, extensions, envelope, message.length, isFirst)
    if (refusal) return await reset(dialogue, refusal)
    if (!(await beforeBody())) {
      // After 354 the only way to stop is to close the connection.
      dialogue.end(new Error('the message was withdrawn'))
      return { kind: 'withdrawn' }
    }
    // A server that went away meanwhile gets nothing more.
    if (!dialogue.isOpen) await dialogue.hear()
    let isOut = false
    leaves = dialogue.sayMessage(message)
    void leaves.then((mayBe) => {
      isOut = mayBe
    })
    const reply = await dialogue.hear()
    if (reply.code < 300) return { kind: 'accepted', reply: reply.text, isOut }
    return await reset(dialogue, { kind: 'refused', reply: refused('the message', reply) })
  } catch (error) {
    const reason = oneLine((error as Error).message)
    dialogue.end(new Error(reason, { cause: error }))
    // Once the last byte is with the operating system the server may have it.
    return { kind: (await leaves) ? 'unknown' : 'unreached', reason }
  }
}

/**
 * Undefined: the server waits for the message. All is said in one go where the server takes that (RFC 2920), but on a new connection, where
 * MAIL is said alone: a server that goes away then does so whoever the recipient is.
 */
async function offer(
  dialogue: Dialogue,
  extensions: readonly string[],
  envelope: Envelope,
  size: number,
  isFirst: boolean,
): Promise<Answer | undefined> {
  if (/[\r\n<>]/.test(envelope.from + envelope.to)) throw new Error('an address of the envelope cannot be said')
  const isPipelined = !isFirst && extensions.includes('PIPELINING')
  const commands = [mailCommand(extensions, envelope, size), `RCPT TO:<${envelope.to}>`, 'DATA']
  if (isPipelined) dialogue.say(...commands)
  let refusal: Answer | undefined
  let answered = 0
  try {
    for (const command of commands) {
      if (!isPipelined) dialogue.say(command)
      const reply = await dialogue.hear()
      answered++
      refusal ??= refusalOf(command, reply)
      if (refusal && !isPipelined) return refusal
      // Without a sender or a recipient it waits for nothing (RFC 2920 §3.1): the dot alone ends that.
      if (refusal && reply.code === waitsForMessage) await ask(dialogue, '.')
    }
  } catch (error) {
    if (!refusal && !isPipelined && answered === 0) return { kind: 'unavailable', reason: (error as Error).message, isAboutUs: false }
    if (!refusal) throw error
  }
  return refusal
}

function mailCommand(extensions: readonly string[], { from, to }: Envelope, size: number): string {
  const utf8 = needsSmtpUtf8(from) || needsSmtpUtf8(to) ? ' SMTPUTF8' : ''
  return `MAIL FROM:<${from}>${utf8}${extensions.includes('SIZE') ? ` SIZE=${size}` : ''}`
}

/** Undefined where the server goes along. Throws where its reply has no meaning here. */
function refusalOf(command: string, reply: ServerReply): Answer | undefined {
  if (command === 'DATA' ? reply.code === waitsForMessage : reply.code < 300) return undefined
  const isOfSender = command.startsWith('MAIL') && reply.code !== tooLarge
  const text = refused(command, reply)
  return isOfSender ? { kind: 'unavailable', reason: text, isAboutUs: reply.code >= 500 } : { kind: 'refused', reply: text }
}

function refused(what: string, reply: ServerReply): string {
  if (reply.code < 400) throw new Error(`the server answers ${what} with ${reply.text}`)
  return reply.text
}

/** Ends a transaction that was refused, and which the server may still be in the middle of (RFC 5321 §4.1.1.5). */
async function reset(dialogue: Dialogue, refusal: Answer): Promise<Answer> {
  if (!dialogue.isOpen) return refusal
  try {
    const reply = await ask(dialogue, 'RSET')
    if (reply.code >= 300) dialogue.end(new Error(`the server answers RSET with ${reply.text}`))
  } catch {
    // It has ended: the next message takes another connection.
  }
  return refusal
}

function ask(dialogue: Dialogue, command: string): Promise<ServerReply> {
  dialogue.say(command)
  return dialogue.hear()
}
