import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeArticles } from './articles.ts'
import { timeBareInserts } from './bare-inserts.ts'
import { makeDataFolder, type Served, startBroadsheet } from './process.ts'
import { startSink } from './smtp.ts'
import { median, type Row } from './table.ts'

const rounds = 7
const messages = 5_000
const desks = 50
/** The service allows five streams for one session. */
const desksOfSession = 5
const adminToken = 'the-token-of-the-workbench'
const pollMs = 100

/** An issue sent while fifty desks show its progress, and the same without any: pairs, in changing order. */
export async function benchOpenDesks(): Promise<Row[]> {
  const ratios: number[] = []
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0
    const one = await rateWith(isFirst ? desks : 0)
    const other = await rateWith(isFirst ? 0 : desks)
    const [watched, alone] = isFirst ? [one, other] : [other, one]
    ratios.push(watched / alone)
    rates.push(alone)
  }
  const ratio = median(ratios)
  return [
    {
      what: `${messages.toLocaleString('en')} messages with ${desks} open desks, beside none`,
      measured: `${ratio.toFixed(2)} x (${median(rates).toFixed(0)} a second without; pairs ${ratios.map((one) => one.toFixed(2)).join(', ')})`,
      wanted: '>= 0.95 x',
      isMet: ratio >= 0.95,
    },
  ]
}

/** Messages a second, from the call that sends to the last one that is settled. */
async function rateWith(streams: number): Promise<number> {
  await using data = await makeDataFolder()
  await using content = await makeArticles(5)
  await using sink = await startSink()
  await timeBareInserts(join(data.folder, 'broadsheet.sqlite'), messages)
  await using served = await startBroadsheet(content.folder, data.folder, {
    ADMIN_TOKEN: adminToken,
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
  })
  const opened: IncomingMessage[] = []
  for (let number = 0; number < streams; number += desksOfSession) {
    const cookie = await logIn(served)
    for (let one = 0; one < desksOfSession; one++) opened.push(await openStream(served, cookie))
  }
  const began = performance.now()
  await call(served, 'POST', '/digests/weekly/issues', '{"key":"bench"}')
  while (!(await isFinished(served))) await setTimeout(pollMs)
  const seconds = (performance.now() - began) / 1_000
  for (const stream of opened) stream.destroy()
  return messages / seconds
}

async function isFinished(served: Served): Promise<boolean> {
  const { items } = await call<{ items: { state: string }[] }>(served, 'GET', '/issues?limit=1')
  return items[0]?.state === 'finished'
}

async function call<Answer>(served: Served, method: string, path: string, body?: string): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${served.port}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${adminToken}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    ...(body ? { body } : {}),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}

async function logIn(served: Served): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${served.port}/admin/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: adminToken }),
  })
  return answer.headers.get('Set-Cookie')?.split(';', 1)[0] ?? ''
}

/** A stream of the desk, read and thrown away. */
function openStream(served: Served, cookie: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: served.port, path: '/admin/live', headers: { Cookie: cookie }, agent: false })
    asked.on('error', reject)
    asked.on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`the stream answered ${response.statusCode}`))
      response.on('error', () => {})
      response.resume()
      resolve(response)
    })
    asked.end()
  })
}
