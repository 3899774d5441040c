import type { ImapFlow } from 'imapflow'
import { CoalescedTask } from '../platform/coalesced-task.ts'
import { logError } from '../platform/log.ts'
import type { InboundContext } from './context.ts'
import type { ImapAddress } from './imap-address.ts'
import { receiveMail } from './receive.ts'

export interface MailFetcher {
  /** Requests a fetch; fetches never overlap. */
  trigger(): void
  /** Resolves when the running fetch is done. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** A report may contain our whole message. Larger messages are only marked as read. */
const maxBytes = 5 * 1024 * 1024
/** Per fetch; the next one follows within a minute. */
const maxMessages = 500

/** Fetches unread mail from an IMAP mailbox (RFC 9051) each time it is triggered. */
export function startMailFetcher(context: InboundContext, address: ImapAddress): MailFetcher {
  let open: ImapFlow | undefined

  async function fetchOnce(signal: AbortSignal): Promise<void> {
    const { ImapFlow } = await import('imapflow')
    const { host, port, secure, startTls, auth } = address
    const timeouts = { socketTimeout: 60_000, greetingTimeout: 10_000 }
    const starting = startTls === undefined ? {} : { doSTARTTLS: startTls }
    const client = new ImapFlow({ host, port, secure, ...starting, auth, logger: false, ...timeouts })
    // The failing call rejects with the same error.
    client.on('error', () => {})
    open = client
    try {
      await client.connect()
      await fetchUnread(context, client, address.mailbox, signal)
      await client.logout()
    } finally {
      open = undefined
      client.close()
    }
  }

  const task = new CoalescedTask(fetchOnce, (error) => logError(context.log, error, 'the bounce mailbox cannot be read; retrying'))

  return {
    trigger: () => task.trigger(),
    settled: () => task.settled(),
    async stop() {
      const stopped = task.stop()
      open?.close()
      await stopped
    },
  }
}

/** Marks each message as read after its effect is committed. After a crash it is processed again, which changes nothing. */
async function fetchUnread(context: InboundContext, client: ImapFlow, mailbox: string, signal: AbortSignal): Promise<void> {
  const lock = await client.getMailboxLock(mailbox)
  try {
    const found = await client.search({ seen: false }, { uid: true })
    for (const uid of (found || []).slice(0, maxMessages)) {
      if (signal.aborted) return
      const size = await client.fetchOne(String(uid), { size: true }, { uid: true })
      if (size && (size.size ?? 0) <= maxBytes) {
        const message = await client.fetchOne(String(uid), { source: true }, { uid: true })
        const source = message === false ? undefined : message.source
        if (source) await receiveMail(context, { source: [source], recipients: [], hasNullSender: false })
      }
      await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true })
    }
  } finally {
    lock.release()
  }
}
