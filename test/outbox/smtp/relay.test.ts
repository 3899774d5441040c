import { SMTPServer } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { connectSmtp } from '../../../src/outbox/smtp/connection.ts'
import { parseSmtpUrl } from '../../../src/outbox/smtp/smtp-url.ts'

/** A relay with a self-signed certificate that keeps the names it was greeted with and whether the session was encrypted. */
async function startRelay(): Promise<{ port: number; sessions: { name: string; secure: boolean }[] }> {
  const sessions: { name: string; secure: boolean }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onMailFrom(_address, session, done) {
      sessions.push({ name: session.hostNameAppearsAs || '', secure: session.secure })
      done()
    },
    onData(stream, _session, done) {
      stream.resume()
      stream.once('end', () => done())
    },
  })
  server.on('error', () => {})
  const port = await new Promise<number>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => resolve((listener.address() as { port: number }).port))
  })
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { port, sessions }
}

const message = [Buffer.from('Subject: Tides\r\n\r\nHigh water at noon.\r\n')]
const envelope = { from: 'news@example.org', to: 'ada@example.org' }

async function handOver(url: string, name?: string): Promise<string> {
  const smtp = await connectSmtp({ ...parseSmtpUrl(url), name }, new AbortController().signal)
  const answer = await smtp.send(envelope, message, async () => true)
  smtp.close()
  return answer.kind
}

test('a self-signed certificate is refused, and the message names the option that takes it', async () => {
  const { port } = await startRelay()
  await expect(handOver(`smtp://127.0.0.1:${port}`)).rejects.toThrow('add ?tls=unverified to SMTP_URL')
})

test('?tls=off hands over in clear text, ?tls=unverified with any certificate', async () => {
  const { port, sessions } = await startRelay()
  expect(await handOver(`smtp://127.0.0.1:${port}?tls=off`)).toBe('accepted')
  expect(await handOver(`smtp://127.0.0.1:${port}?tls=unverified`)).toBe('accepted')
  expect(sessions.map(({ secure }) => secure)).toEqual([false, true])
})

test('EHLO says the given name', async () => {
  const { port, sessions } = await startRelay()
  await handOver(`smtp://127.0.0.1:${port}?tls=off`, 'news.example.org')
  expect(sessions[0]?.name).toBe('news.example.org')
})
