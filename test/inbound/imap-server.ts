import { createServer, type Socket } from 'node:net'

export interface ImapServer extends AsyncDisposable {
  readonly url: string
  /** Each message with whether it was read. */
  readonly messages: { readonly source: Buffer; isSeen: boolean }[]
  /** Every line that a client sent. */
  readonly commands: string[]
  /** Called before a message is marked as read; true ends the connection instead, as a network or a process may. */
  breaksAtStore: () => boolean
}

/** As much of IMAP4rev1 (RFC 3501) as fetching takes: one mailbox, one user. */
export async function startImapServer(): Promise<ImapServer> {
  const sockets = new Set<Socket>()
  const imap = { commands: [] as string[], messages: [] as { source: Buffer; isSeen: boolean }[], breaksAtStore: () => false }

  function answer(socket: Socket, line: string): void {
    imap.commands.push(line)
    const [tag = '', ...words] = line.split(' ')
    const command = words[0]?.toUpperCase() === 'UID' ? `UID ${words[1]?.toUpperCase()}` : words[0]?.toUpperCase()
    const say = (text: string) => socket.write(`${text}\r\n`)
    const uid = Number(words[2])
    const message = imap.messages[uid - 1]
    if (command === 'CAPABILITY') say('* CAPABILITY IMAP4rev1')
    else if (command === 'LOGIN') {
      if (!line.includes('hush')) return void say(`${tag} NO [AUTHENTICATIONFAILED] wrong`)
    } else if (command === 'LIST' || command === 'LSUB') say(`* ${command} () "/" INBOX`)
    else if (command === 'SELECT') {
      say(`* ${imap.messages.length} EXISTS`)
      say('* FLAGS (\\Seen)')
      say('* OK [UIDVALIDITY 1] ok')
      say(`* OK [UIDNEXT ${imap.messages.length + 1}] ok`)
    } else if (command === 'UID SEARCH') {
      const unread = imap.messages.flatMap(({ isSeen }, index) => (isSeen ? [] : [index + 1]))
      say(['* SEARCH', ...unread].join(' '))
    } else if (command === 'UID FETCH' && message) {
      if (/RFC822\.SIZE/i.test(line)) say(`* ${uid} FETCH (UID ${uid} RFC822.SIZE ${message.source.length})`)
      else {
        socket.write(`* ${uid} FETCH (UID ${uid} BODY[] {${message.source.length}}\r\n`)
        socket.write(message.source)
        say(')')
      }
    } else if (command === 'UID STORE' && message) {
      if (imap.breaksAtStore()) return void socket.destroy()
      message.isSeen = true
    } else if (command === 'LOGOUT') say('* BYE')
    say(`${tag} OK done`)
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write('* OK ready\r\n')
    let rest = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) answer(socket, line)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return Object.assign(imap, {
    url: `imap://bounces:hush@127.0.0.1:${port}?tls=off`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
