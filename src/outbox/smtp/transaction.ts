import { needsSmtpUtf8 } from '../../platform/email-address.ts'
import { type Dialogue, oneLine, type ServerReply } from './dialogue.ts'

/** The outcome of one attempt. */
export type Answer =
  /** `isOut`: the message is completely written, so its buffer can be reused. */
  | { readonly kind: 'accepted'; readonly reply: string; readonly isOut: boolean }
  /** A definite reply about this recipient or this message. */
  | { readonly kind: 'refused'; readonly reply: string }
  /** Refused before RCPT: the server accepts no mail from us, now (4xx) or at all (5xx). */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly isAboutUs: boolean }
  /** `beforeBody` returned false. */
  | { readonly kind: 'withdrawn' }
  /** The message was not completely sent, so the server cannot have accepted it. */
  | { readonly kind: 'unreached'; readonly reason: string }
  /** The whole message was sent and no reply came. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface Envelope {
  /** Both in wire form. */
  readonly from: string
  readonly to: string
}

/** The reply to the SIZE of MAIL FROM (RFC 1870 §6.2). It is about the message, not about us. */
const tooLarge = 552
const waitsForMessage = 354

/**
 * Hands over one message (RFC 5321 §3.3), given in pieces, which ends in CRLF and has no line that begins with a dot.
 *
 * - `beforeBody` runs after the server's 354 and before the first byte of the message; false withdraws the message.
 * - `extensions`: EHLO keywords of the server.
 * - `isFirst`: the connection has not sent a message yet.
 *
 * Never throws. Ends the dialogue if the state of the session is unknown afterwards.
 */
export async function transact(
  dialogue: Dialogue,
  extensions: readonly string[],
  envelope: Envelope,
  message: readonly Buffer[],
  beforeBody: () => Promise<boolean>,
  isFirst: boolean,
): Promise<Answer> {
  let written: Promise<boolean> | undefined
  try {
    const size = message.reduce((sum, piece) => sum + piece.length, 0)
    const refusal = await offer(dialogue, extensions, envelope, size, isFirst)
    if (refusal) return await reset(dialogue, refusal)
    if (!(await beforeBody())) {
      // After 354, only closing the connection withdraws a message.
      dialogue.end(new Error('the message was withdrawn'))
      return { kind: 'withdrawn' }
    }
    // Throws the reason if the session ended during `beforeBody`.
    if (!dialogue.isOpen) await dialogue.hear()
    let isOut = false
    written = dialogue.sayMessage(message)
    void written.then((isWritten) => {
      isOut = isWritten
    })
    const reply = await dialogue.hear()
    if (reply.code < 300) return { kind: 'accepted', reply: reply.text, isOut }
    return await reset(dialogue, { kind: 'refused', reply: refused('the message', reply) })
  } catch (error) {
    const reason = oneLine((error as Error).message)
    dialogue.end(new Error(reason, { cause: error }))
    // Once the operating system has the last byte, the server may have it too.
    return { kind: (await written) ? 'unknown' : 'unreached', reason }
  }
}

/**
 * Sends MAIL, RCPT and DATA. Undefined: the server waits for the message. Pipelines the commands if possible (RFC 2920), except on a
 * new connection: if it closes after MAIL alone, the cause is not the recipient.
 */
async function offer(
  dialogue: Dialogue,
  extensions: readonly string[],
  envelope: Envelope,
  size: number,
  isFirst: boolean,
): Promise<Answer | undefined> {
  if (/[\r\n<>]/.test(envelope.from + envelope.to)) throw new Error('the envelope address contains a line break or an angle bracket')
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
      // DATA was accepted although MAIL or RCPT was refused (RFC 2920 §3.1): end it with an empty message.
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

/** Undefined if the server accepts the command. Throws if the reply is invalid for it. */
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

/** Resets the session after a refusal (RFC 5321 §4.1.1.5). */
async function reset(dialogue: Dialogue, refusal: Answer): Promise<Answer> {
  if (!dialogue.isOpen) return refusal
  try {
    const reply = await ask(dialogue, 'RSET')
    if (reply.code >= 300) dialogue.end(new Error(`the server answers RSET with ${reply.text}`))
  } catch {
    // The session has ended; the next message uses another connection.
  }
  return refusal
}

function ask(dialogue: Dialogue, command: string): Promise<ServerReply> {
  dialogue.say(command)
  return dialogue.hear()
}
