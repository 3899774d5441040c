// Everything at once that a stranger or a writer may send, over loopback, with a bounded number of connections. Ends with its parent.
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Counts, LoadRequest } from './load.ts'

const { webPort, smtpPort, content } = JSON.parse(process.argv[2] ?? '{}') as LoadRequest
const counts: Counts = { claims: 0, pages: 0, webhooks: 0, mails: 0, files: 0, slow: 0 }
const agent = new Agent({ keepAlive: true, maxSockets: 24 })

process.on('disconnect', () => process.exit(0))
process.on('message', () => process.send?.(counts))

function ask(path: string, headers: Record<string, string> = {}, body?: string): Promise<void> {
  return new Promise((resolve) => {
    const asked = request(
      { port: webPort, host: '127.0.0.1', path, headers, agent, method: body === undefined ? 'GET' : 'POST' },
      (answer) => {
        answer.resume().on('close', resolve)
      },
    )
    asked.on('error', () => resolve())
    asked.end(body)
  })
}

/** Runs `step` one after the other, `times` side by side. */
function repeat(times: number, step: (n: number) => Promise<void>): void {
  for (let lane = 0; lane < times; lane++) {
    void (async () => {
      for (let n = lane; ; n += times) await step(n)
    })()
  }
}

// Item 1: claims of readers under addresses that are never the same.
repeat(6, async (n) => {
  const path = `/feed.xml?topics=coast,${n}${'x'.repeat(8_000)}`
  await ask(path, { 'User-Agent': `Feedbin feed-id:${n} - ${n % 1_000} subscribers` })
  counts.claims++
})

// Item 2: messages that are nested or divided without end, and connections that say nothing.
const nested = Array.from({ length: 80_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`)
  .join('')
  .slice(0, 4_900_000)
const divided = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(400_000)}`
repeat(2, async (n) => {
  await bring(n % 2 === 0 ? nested : divided)
  counts.mails++
  await pause(200)
})

function bring(message: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(smtpPort, '127.0.0.1')
    const words = ['EHLO x', 'MAIL FROM:<>', 'RCPT TO:<bounces@example.org>', 'DATA', `${message}\r\n.`, 'QUIT']
    socket.on('error', () => {}).on('close', () => resolve())
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (/^\d{3} /m.test(text)) socket.write(`${words.shift() ?? 'QUIT'}\r\n`)
    })
    socket.setTimeout(30_000, () => socket.destroy())
  })
}

// Items 3 and 6: a writer saves files that are hard to read.
repeat(1, async (n) => {
  const marks = ['> '.repeat(2_000), '*'.repeat(4_000), `# a${' '.repeat(4_000)}b`, '['.repeat(4_000)][n % 4]
  await writeFile(join(content, 'articles', 'hostile.md'), `---\ntitle: Hostile ${n}\npublish_date: 2025-01-01\n---\n\n${marks}\n`)
  counts.files++
  await pause(1_000)
})

// Item 4: pages that walk all articles.
repeat(4, async (n) => {
  await ask(['/', '/sitemap.xml', '/authors/ada-marsh', '/topics/coast', '/atom.xml'][n % 5] ?? '/')
  counts.pages++
})

// Item 5: webhooks of strangers, and clients that never finish what they begin.
repeat(4, async () => {
  await ask('/inbound/postmark?secret=wrong', {}, 'x'.repeat(10_000))
  counts.webhooks++
})
const beginnings = [
  'GET / HTTP/1.1\r\nHost: x\r\nX-Never:',
  'POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\nemail=',
  `GET /atom.xml HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(20),
]
repeat(150, async (n) => {
  await new Promise<void>((resolve) => {
    const socket = connect(webPort, '127.0.0.1')
    socket.on('error', () => {}).on('close', () => resolve())
    socket.pause()
    socket.write(beginnings[n % beginnings.length] ?? '')
    socket.setTimeout(20_000, () => socket.destroy())
  })
  counts.slow++
})
for (let n = 0; n < 4; n++) connect(smtpPort, '127.0.0.1').on('error', () => {})
