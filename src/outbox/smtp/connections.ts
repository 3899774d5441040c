import { connectSmtp, type SmtpConnection } from './connection.ts'
import type { SmtpServer } from './smtp-url.ts'

/** A pool of SMTP connections, reused from one message to the next. */
export class SmtpConnections {
  readonly #smtpServer: () => Promise<SmtpServer>
  readonly #idle: SmtpConnection[] = []
  readonly #busy = new Set<SmtpConnection>()
  readonly #closing = new AbortController()

  constructor(smtpServer: () => Promise<SmtpServer>) {
    this.#smtpServer = smtpServer
  }

  takeIdle(): SmtpConnection | undefined {
    for (let open = this.#idle.pop(); open; open = this.#idle.pop()) {
      if (!open.isOpen) continue
      this.#busy.add(open)
      return open
    }
    return undefined
  }

  /** Throws ServerUnavailable. */
  async connect(): Promise<SmtpConnection> {
    const opened = await connectSmtp(await this.#smtpServer(), this.#closing.signal)
    this.#busy.add(opened)
    return opened
  }

  giveBack(smtp: SmtpConnection): void {
    this.#busy.delete(smtp)
    if (smtp.isOpen) this.#idle.push(smtp)
  }

  discard(smtp: SmtpConnection): void {
    this.#busy.delete(smtp)
    smtp.close()
  }

  closeIdle(): void {
    for (const smtp of this.#idle.splice(0)) smtp.close()
  }

  /** Aborts pending connection attempts and opens no more connections. */
  stopConnecting(): void {
    this.#closing.abort()
  }

  /** Closes all connections, including those in use. */
  closeAll(): void {
    this.#closing.abort()
    for (const smtp of [...this.#busy, ...this.#idle.splice(0)]) smtp.close()
  }
}
