// Sends through nodemailer's own pool, used the usual way: one object with HTML and text for each message. Reports the time.
import { createTransport } from 'nodemailer'
import { fillPlaceholders } from '../src/platform/placeholders.ts'
import { edition } from './merge.ts'

const [port = '', connections = '', messages = ''] = process.argv.slice(2)
const transport = createTransport({
  host: '127.0.0.1',
  port: Number(port),
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Number.POSITIVE_INFINITY,
})
const { html, text, subject } = edition.email
const began = performance.now()
let next = 0

async function keepSending(): Promise<void> {
  while (next < Number(messages)) {
    const number = next++
    const fill = (part: string) => fillPlaceholders(part, () => `value ${number}`)
    await transport.sendMail({
      from: 'news@tide.example.org',
      to: `reader${number}@example.org`,
      subject: fill(subject),
      html: fill(html),
      text: fill(text),
    })
  }
}

// Keep one message waiting behind each running one, so that no connection is idle.
await Promise.all(Array.from({ length: 2 * Number(connections) }, keepSending))
process.send?.(performance.now() - began)
transport.close()
process.disconnect?.()
