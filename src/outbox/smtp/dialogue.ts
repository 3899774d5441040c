import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A reply of the server (RFC 5321 §4.2). */
export interface ServerReply {
  /** From 200 to 599. */
  readonly code: number
  /** The whole reply on one line, with the code. */
  readonly text: string
}

/** Commands and replies of an SMTP session. Replies come in the order of the commands (RFC 2920 §3.1). */
export interface Dialogue {
  /** False once the session has ended. */
  readonly isOpen: boolean
  /** Writes commands, given without CRLF, in one write. */
  say(...commands: string[]): void
  /**
   * Writes the pieces of a message and its final dot. The message ends in CRLF and has no line that begins with a dot. Resolves false if the
   * operating system certainly did not get all of it.
   */
  sayMessage(message: readonly Buffer[]): Promise<boolean>
  /** Waits for the next reply; one caller at a time. Throws if the session ends, or after `replyMs`. */
  hear(): Promise<ServerReply>
  end(reason: Error): void
}

const finalDot = '.\r\n'
/** Far more than RFC 5321 §4.5.3.1.5 allows; protects against endless replies. */
const longestLine = 16_384
const mostLines = 1_000
/** RFC 5321 §4.5.3.2.6: the reply to the final dot may take ten minutes. */
export const replyMs = 600_000

/** Calls `onEnd` once, when the session ends: also after a 421, an unexpected reply or an invalid one. */
export function openDialogue(socket: Socket, onEnd: () => void): Dialogue {
  let rest = ''
  let lines: string[] = []
  let unanswered = 0
  const heard: ServerReply[] = []
  let listener: { resolve: (reply: ServerReply) => void; reject: (reason: Error) => void } | undefined
  let ended: Error | undefined
  // Limits the whole reply: a socket timeout does not catch a server that sends a few bytes now and then.
  const patience = setTimeout(() => {
    if (listener) end(new Error(`the server has not answered for ${replyMs / 60_000} minutes`))
  }, replyMs)

  function end(reason: Error): void {
    if (ended) return
    ended = reason
    clearTimeout(patience)
    listener?.reject(reason)
    onEnd()
  }

  function receive(reply: ServerReply): void {
    if (unanswered > 0) {
      unanswered--
      if (listener) listener.resolve(reply)
      else heard.push(reply)
      listener = undefined
      if (reply.code === 421) end(new Error(`the server closes the connection: ${reply.text}`))
    } else end(new Error(`unexpected reply from the server: ${reply.text}`))
  }

  function read(line: string): void {
    const [, code, more] = /^([2-5]\d\d)(?:(-)|\D|$)/.exec(line) ?? []
    lines.push(line)
    // Tolerate a line without a code inside a multi-line reply.
    if (more || (code === undefined && lines.length > 1)) return
    const text = oneLine(lines.join(' '))
    lines = []
    if (code === undefined) end(new Error(`invalid reply from the server: ${text}`))
    else receive({ code: Number(code), text })
  }

  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const pieces = (rest + chunk).split('\n')
    rest = pieces.pop() ?? ''
    for (const line of pieces.map((piece) => piece.trimEnd())) if (line && !ended) read(line)
    if (rest.length > longestLine || lines.length > mostLines) end(new Error('the reply from the server is too long'))
  })

  return {
    get isOpen() {
      return ended === undefined
    },
    say(...commands) {
      unanswered += commands.length
      socket.write(`${commands.join('\r\n')}\r\n`)
    },
    sayMessage(message) {
      unanswered++
      return new Promise((resolve) => {
        socket.cork()
        for (const piece of message) socket.write(piece)
        // Over TLS, the data may have left before the write reports an error, so an error proves nothing.
        socket.write(finalDot, (error) => resolve(!error || socket instanceof TLSSocket))
        socket.uncork()
      })
    },
    hear() {
      const reply = heard.shift()
      if (reply) return Promise.resolve(reply)
      if (ended) return Promise.reject(ended)
      return new Promise((resolve, reject) => {
        listener = { resolve, reject }
        patience.refresh()
      })
    },
    end,
  }
}

/** Collapses white space and keeps at most 300 characters. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}
