import { basename, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startRenderer } from '../src/email/renderer.ts'
import { messageFilesIn } from '../src/platform/messages.ts'
import { article, digestRequest } from '../test/email/requests.ts'
import { makeArticles } from './articles.ts'
import { makeDataFolder, residentMb, startBroadsheet } from './process.ts'
import { median, type Row } from './table.ts'

const rounds = 40
/** Renders that compile the code of templates and MJML. */
const warmUps = 20

/** Time until everything is loaded after the first answer, and until the renderer process has ended. */
const settledMs = 2_500

/** The cost of rendering an issue: time in the child process, and memory left in the server. */
export async function benchEmails(): Promise<Row[]> {
  return [...(await benchEditions()), await benchLanguages(), await benchMemory()]
}

async function benchEditions(): Promise<Row[]> {
  await using renderer = startRenderer(resolve('templates'))
  const order = digestRequest([1, 2, 3, 4, 5].map((number) => article(number)))
  const children = new Set<number>()
  const times: number[] = []
  for (let round = 0; round < warmUps + rounds; round++) {
    const began = performance.now()
    await renderer.render(order)
    if (round >= warmUps) times.push(performance.now() - began)
    children.add(renderer.pid ?? 0)
  }
  const ms = median(times)
  return [
    { what: 'an edition of five articles, warm', measured: `${ms.toFixed(1)} ms`, wanted: '< 30 ms', isMet: ms < 30 },
    {
      what: `child processes for ${warmUps + rounds} editions`,
      measured: `${children.size}`,
      wanted: '1',
      isMet: children.size === 1,
    },
  ]
}

/** Readers of one issue in every language, beside readers of the same number of editions in one. */
async function benchLanguages(): Promise<Row> {
  await using renderer = startRenderer(resolve('templates'))
  const languages = messageFilesIn(resolve('templates')).map((file) => basename(file, '.json'))
  const editions = [1, 2, 3, 4, 5].map((count) => digestRequest(Array.from({ length: count }, (_, index) => article(index + 1))))
  const medianOf = async (spoken: readonly string[]) => {
    const times: number[] = []
    for (const [round, language] of spoken.entries()) {
      for (const order of editions) {
        const began = performance.now()
        await renderer.render({ ...order, language })
        // The first round compiles the code of templates and MJML.
        if (round > 0) times.push(performance.now() - began)
      }
    }
    return median(times)
  }
  const one = await medianOf(Array.from({ length: languages.length + 1 }, () => 'en'))
  const all = await medianOf(['en', ...languages])
  return {
    what: `an edition, of five in each of ${languages.length} languages`,
    measured: `${all.toFixed(1)} ms, in one language ${one.toFixed(1)} ms`,
    wanted: '< 1.5 times',
    isMet: all < 1.5 * one,
  }
}

/** Memory after a start with a warm compile cache: every start except the first after an installation. */
async function benchMemory(): Promise<Row> {
  await using content = await makeArticles(100)
  await using data = await makeDataFolder()
  let before = Number.NaN
  let after = Number.NaN
  for (let round = 0; round < 2; round++) {
    await using served = await startBroadsheet(content.folder, data.folder, { ADMIN_TOKEN: 'the-token-of-the-workbench' })
    // Load the API first, so that its memory does not count as the render's.
    await call(served.port, 'GET', '/digests')
    await setTimeout(settledMs)
    before = await residentMb(served.pid)
    for (let render = 0; render < 5; render++) await call(served.port, 'POST', '/digests/weekly/preview')
    await setTimeout(settledMs)
    after = await residentMb(served.pid)
    // A clean stop writes the compile cache.
    await served.stop()
  }
  const mb = after - before
  const measured = `${mb >= 0 ? '+' : ''}${mb.toFixed(1)} MB on ${before.toFixed(0)} MB`
  return { what: 'memory of the server after five renders', measured, wanted: 'within 10 MB', isMet: mb <= 10 }
}

async function call(port: number, method: string, path: string): Promise<void> {
  const headers = { Authorization: 'Bearer the-token-of-the-workbench' }
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, headers })
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`)
  await answer.arrayBuffer()
}
