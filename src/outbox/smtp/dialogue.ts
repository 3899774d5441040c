import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A reply of the server (RFC 5321 §4.2). */
export interface ServerReply {
  /** 200 to 599. */
  readonly code: number
  /** All of it on one line, with the code. */
  readonly text: string
}

/** Commands and replies over an SMTP session, one reply to each command in turn (RFC 2920 §3.1). */
export interface Dialogue {
  /** False once no reply will come any more. */
  readonly isOpen: boolean
  /** Says commands, without their CRLF, in one go. */
  say(...commands: string[]): void
  /**
   * Says a message that ends in CRLF and has no line that begins with a dot, and its final dot. Resolves false where it is sure that the
   * operating system never had all of it.
   */
  sayMessage(message: Buffer): Promise<boolean>
  /** The next reply; one listener at a time. Throws where none will come, or none came in ten minutes: the reason is that of the end. */
  hear(): Promise<ServerReply>
  end(reason: Error): void
}

const finalDot = '.\r\n'
/** Far more than a reply has (RFC 5321 §4.5.3.1.5): the server would never end it. */
const longestLine = 16_384
const mostLines = 1_000
/** RFC 5321 §4.5.3.2.6: the reply to the final dot may take ten minutes. */
export const replyMs = 600_000

/** `onEnd` is called once, when the session is of no use any more: also where the server leaves (421), or says what is no reply to anything. */
export function openDialogue(socket: Socket, onEnd: () => void): Dialogue {
  let rest = ''
  let lines: string[] = []
  let unanswered = 0
  const heard: ServerReply[] = []
  let listener: { resolve: (reply: ServerReply) => void; reject: (reason: Error) => void } | undefined
  let ended: Error | undefined
  // For a whole reply: a server that says a little now and then is not silent, and may never answer.
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

  function take(reply: ServerReply): void {
    if (unanswered > 0) {
      unanswered--
      if (listener) listener.resolve(reply)
      else heard.push(reply)
      listener = undefined
      if (reply.code === 421) end(new Error(`the server leaves: ${reply.text}`))
    } else end(new Error(`the server says without being asked: ${reply.text}`))
  }

  function read(line: string): void {
    const [, code, more] = /^([2-5]\d\d)(?:(-)|\D|$)/.exec(line) ?? []
    lines.push(line)
    // In the midst of a reply a line may have lost its code.
    if (more || (code === undefined && lines.length > 1)) return
    const text = oneLine(lines.join(' '))
    lines = []
    if (code === undefined) end(new Error(`the server says what is no reply: ${text}`))
    else take({ code: Number(code), text })
  }

  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const pieces = (rest + chunk).split('\n')
    rest = pieces.pop() ?? ''
    for (const line of pieces.map((piece) => piece.trimEnd())) if (line && !ended) read(line)
    if (rest.length > longestLine || lines.length > mostLines) end(new Error('the server does not end its reply'))
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
        socket.write(message)
        // What TLS has encrypted may have left before it says so, and the connection be lost in between: there, an error proves nothing.
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

/** What a server says, on one line of at most 300 characters. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}
