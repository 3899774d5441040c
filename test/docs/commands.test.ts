import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { articleText } from '../support/content.ts'
import { freshDatabase } from '../support/databases.ts'
import { runHere } from '../support/run-command.ts'
import { adminToken, type Service, startService } from '../support/spawned-service.ts'
import { codesIn, commandsOf, type Fence, readPage, readPages, root, sectionOf, shellWords, tableIn } from './pages.ts'

const pages = readPages()
const shells = pages.flatMap(({ fences }) => fences.filter(({ language }) => language === 'sh'))
const now = '2026-11-20T09:00:00Z'
const list = 'email,name\nada@example.org,Ada\nbob@example.com,Bob\nnot an address,\n'
/** Files of the docs that curl sends. */
const lists = new Map([
  ['@list.csv', list],
  ['@opt-outs.csv', 'email,Email Opt Out\nada@example.org,1\n'],
])

/** What is not run here, and why; of our own commands at least the options are compared with the program. */
const notRun: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^npm ci\b/, 'installs packages, as the suite has been installed'],
  [/^npm test$/, 'is the suite that this test is a part of'],
  [/^npm run bench\b/, 'takes minutes, and times nothing beside other tests'],
  [/^npm start$/, 'is the service that this test starts'],
  [/^npx broadsheet start\b/, 'is the service that this test starts'],
  [/^docker compose /, 'needs Docker; the file it reads is parsed'],
  [/^sudo systemctl /, 'needs systemd; the units are parsed'],
  [/^openssl /, 'needs OpenSSL; that the service takes such keys is tested with the DKIM key'],
  [/^pg_(?:dump|restore) /, 'needs the client programs of PostgreSQL'],
]

/** A private address where nobody listens, so that test events end at once. */
const closed = '127.0.0.1:9'
const env: Record<string, string> = { FETCH_ALLOW: closed }

let folder: string
let service: Service

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broadsheet-docs-'))
  // One for the service, one for the commands, so that neither meets what the other did.
  for (const name of ['served', 'commanded']) await cp(join(root, 'content'), join(folder, name, 'content'), { recursive: true })
  await writeFile(join(folder, 'commanded', 'list.csv'), list)
  await writeFile(join(folder, 'commanded', 'note.md'), 'Dear readers\n')
  service = await startService({ content: join(folder, 'served', 'content'), data: join(folder, 'served'), now, env })
})

afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** `CONTENT_DIR=content npx broadsheet check` → `check`. */
function ownWords(command: string): string[] | undefined {
  const words = shellWords(command).filter((word) => !/^[A-Z_]+=/.test(word))
  if (words[0] === 'npx' && words[1] === 'broadsheet') return words.slice(2)
  return command.startsWith('npm run broadsheet -- ') ? words.slice(4) : undefined
}

const own = new Map(
  shells.flatMap((fence) =>
    commandsOf(fence).flatMap((command) => {
      const words = ownWords(command)
      return words && words[0] !== 'start' ? [[words.join(' '), { words, place: fence.place }] as const] : []
    }),
  ),
)

test('every command of the docs is run, or has a reason why not', () => {
  const unknown = shells.flatMap((fence) =>
    commandsOf(fence)
      .filter((command) => !ownWords(command) && !/^curl /.test(command) && !notRun.some(([pattern]) => pattern.test(command)))
      .map((command) => `${fence.place}: ${command}`),
  )
  expect(unknown).toEqual([])
  for (const [pattern, why] of notRun)
    expect(
      shells.flatMap(commandsOf).some((command) => pattern.test(command)),
      why,
    ).toBe(true)
})

/** These change what others find: one after the other. All else only looks, and need not wait for them. */
const changes =
  /^(?:send(?!.*--dry-run)|sending --|subscribers (?:add|show|edit|erase|import(?!.*--dry-run))|webhooks (?!list)|digests (?:hold|release)|notes (?:save|delete))/

test('every broadsheet command of the docs does what it says, on the sample publication', { timeout: 300_000 }, async () => {
  const at = join(folder, 'commanded')
  const failed: string[] = []
  const here = (words: readonly string[]) => runHere(join(at, 'content'), join(at, 'data'), words, { env })
  const idIn = async (words: readonly string[]) => JSON.parse((await here([...words, '--json'])).out).id as string
  /** Each command has a webhook of its own, because it may remove it. */
  const withWebhook = async (words: readonly string[]) => {
    if (!words.includes('WEBHOOK')) return words
    const webhook = await idIn(['webhooks', 'add', `http://${closed}/`])
    const delivery = words.includes('DELIVERY') ? await idIn(['webhooks', 'test', webhook]) : ''
    return words.map((word) => (word === 'WEBHOOK' ? webhook : word === 'DELIVERY' ? delivery : word))
  }
  const run = async (words: readonly string[], place: string) => {
    const { code, err } = await here((await withWebhook(words)).map((word) => placed(word, at)))
    // Nobody answers the test event, and the sample publication has no twelfth issue.
    const isExpected = code === 0 || (code === 1 && (words.join(' ') === 'webhooks test WEBHOOK' || err.includes('no issue weekly/12')))
    if (!isExpected) failed.push(`${place}: ${words.join(' ')}: ${code} ${err}`)
  }
  const runAll = async (some: readonly { readonly words: readonly string[]; readonly place: string }[]) => {
    for (const { words, place } of some) {
      // Somebody wrote something since the last issue.
      const title = `New for ${words.join(' ')}`
      if (words[0] === 'send') await writeFile(join(at, 'content', 'articles', `${articles++}.md`), articleText({ title }))
      await run(words, place)
      if (words.includes('--hold')) await run(['sending', '--release'], place)
    }
  }
  let articles = 0
  // The first makes the database.
  await run(['issues'], 'first')
  const commands = [...own.values()]
  // These need the database for themselves.
  const [restores = [], moves = [], others = []] = [/^restore$/, /^migrate-store$/, /^(?!restore|migrate-store)/].map((first) =>
    commands.filter(({ words }) => first.test(words[0] ?? '')),
  )
  await Promise.all([
    runAll(others.filter(({ words }) => changes.test(words.join(' ')))),
    runAll(others.filter(({ words }) => !changes.test(words.join(' ')))),
  ])
  await runAll(restores)
  env.DATABASE_URL = (await freshDatabase('postgres')).address
  await runAll(moves)
  expect(failed).toEqual([])
})

/** Files of the docs are in the folder of this test. */
function placed(word: string, at: string): string {
  if (word.startsWith('/backups/')) return join(at, word.slice('/backups/'.length))
  return /\.(?:csv|ndjson|sqlite|md)$/.test(word) ? join(at, word) : word
}

/** Calls of an issue that has nothing left to do. */
const mayRefuse = /\/issues\/ISSUE\/(?:approve|pause|resume|cancel|retry|uncertain)$/

test('every call of the docs is answered, with the fields that the docs show', { timeout: 120_000 }, async () => {
  const taken = await call(`curl -X POST -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: text/csv' --data-binary @list.csv
    "http://localhost:3000/api/v1/subscribers/import?basis=consent&digests=weekly"`)
  expect(taken.status).toBe(200)
  const faults: string[] = []
  const order = [readPage('docs/api.md'), ...pages.filter(({ path }) => path !== 'docs/api.md')]
  for (const { fences } of order) {
    for (const [index, fence] of fences.entries()) {
      if (fence.language !== 'sh' || !fence.text.includes('curl')) continue
      const answer = await callAll(fence, faults)
      const shown = fences[index + 1]
      // Nothing fails in the built-in mailbox, so failures have no example here.
      if (shown?.language !== 'json' || fence.text.includes('/failures')) continue
      const difference = answer === undefined ? 'nothing is asked before it' : differenceOf(JSON.parse(shown.text), JSON.parse(answer), '')
      if (difference) faults.push(`${shown.place}: ${difference}`)
    }
  }
  expect(faults).toEqual([])
  // All JSON is an answer that was compared.
  const answers = order.flatMap(({ fences }) =>
    fences.filter(({ language }, index) => language === 'json' && fences[index - 1]?.language !== 'sh'),
  )
  expect(answers).toEqual([])
})

/** The body of the last answer; undefined where the fence asks for nothing. */
async function callAll(fence: Fence, faults: string[]): Promise<string | undefined> {
  let body: string | undefined
  for (const command of commandsOf(fence)) {
    if (!command.startsWith('curl ')) continue
    const answer = await call(command)
    body = answer.body
    const path = shellWords(command).find((word) => word.startsWith('http')) ?? ''
    const isRefused = (answer.status === 409 && mayRefuse.test(path)) || (answer.status === 422 && command.includes('@opt-outs.csv'))
    if (answer.status >= 400 && !isRefused) faults.push(`${fence.place}: ${answer.status} ${answer.body}`)
  }
  return body
}

/** Does what curl would, of the options that the docs use. */
async function call(command: string): Promise<{ status: number; body: string }> {
  const words = shellWords(command, { ADMIN_TOKEN: adminToken }).slice(1)
  const headers = new Headers()
  let method: string | undefined
  let body: string | undefined
  let url = ''
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-X') method = words.shift()
    else if (word === '-H') headers.append(...((words.shift() ?? '').split(/: (.*)/s).slice(0, 2) as [string, string]))
    else if (word === '-d') body = words.shift()
    else if (word === '--data-binary') body = lists.get(words.shift() ?? '') ?? ''
    // Shows the headers too.
    else if (word === '-i') continue
    else if (word.startsWith('http://localhost:3000/')) url = word.slice('http://localhost:3000'.length)
    else throw new Error(`curl is not known to take ${word}`)
  }
  if (url.includes('ISSUE')) url = url.replace('ISSUE', await settledIssue())
  if (url.includes('WEBHOOK')) url = await withWebhook(url)
  if (url.includes('SUBSCRIBER')) url = url.replace('SUBSCRIBER', await lastOf('/api/v1/subscribers?state=pending'))
  if (headers.get('If-Match')?.includes('ETAG')) {
    const shown = await service.fetch(url, { headers: { Authorization: `Bearer ${adminToken}` } })
    headers.set('If-Match', shown.headers.get('ETag') ?? '')
  }
  const answer = await service.fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.status, body: await answer.text() }
}

/** Puts a webhook of its own into the address, and a delivery of it that can be replayed. */
async function withWebhook(url: string): Promise<string> {
  const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' }
  const post = async (path: string, body: object) =>
    (await (await service.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as { id: string }
  const { id } = await post('/api/v1/webhooks', { url: `http://${closed}/` })
  const delivery = await post(`/api/v1/webhooks/${id}/test`, {})
  return url.replace('WEBHOOK', id).replace('DELIVERY', delivery.id)
}

async function lastOf(path: string): Promise<string> {
  const answer = await service.fetch(path, { headers: { Authorization: `Bearer ${adminToken}` } })
  const { items } = (await answer.json()) as { items: readonly { id: string; state: string }[] }
  return items[0]?.id ?? ''
}

/** The docs show an issue whose mail went out. */
async function settledIssue(): Promise<string> {
  return vi.waitFor(async () => {
    const answer = await service.fetch('/api/v1/issues?limit=1', { headers: { Authorization: `Bearer ${adminToken}` } })
    const { items } = (await answer.json()) as { items: readonly { id: string; state: string }[] }
    expect(items[0]?.state).toBe('finished')
    return items[0]?.id ?? ''
  }, 30_000)
}

/** Where the names of two values differ; undefined where they do not. A null may stand for anything, of a list the first item counts. */
function differenceOf(shown: unknown, answered: unknown, path: string): string | undefined {
  if (shown === null || answered === null) return undefined
  if (Array.isArray(shown) && Array.isArray(answered)) {
    if (shown.length === 0) return undefined
    return answered.length === 0 ? `${path} is empty` : differenceOf(shown[0], answered[0], `${path}[]`)
  }
  if (typeof shown !== typeof answered) return `${path} is ${typeof answered}`
  if (typeof shown !== 'object') return undefined
  const [wanted, given] = [Object.keys(shown), Object.keys(answered as object)]
  const odd = [...wanted.filter((name) => !given.includes(name)), ...given.filter((name) => !wanted.includes(name))]
  if (odd.length > 0) return `${path}: only on one side: ${odd.join(', ')}`
  for (const name of wanted) {
    const difference = differenceOf(
      (shown as Record<string, unknown>)[name],
      (answered as Record<string, unknown>)[name],
      `${path}.${name}`,
    )
    if (difference) return difference
  }
  return undefined
}

test('the table of metrics has those of /metrics, with their labels', async () => {
  const text = await (await service.fetch('/metrics', { headers: { Authorization: `Bearer ${adminToken}` } })).text()
  // Those of the process have the usual names of prom-client.
  const told = [...text.matchAll(/^# TYPE (broadsheet_\w+)/gm)].map(([, name]) => name)
  const section = sectionOf(readPage('docs/running.md'), 'Metrics')
  const rows = [...tableIn(section, 'Metric'), ...tableIn(section, 'Counter')]
  expect(rows.map(([name = '']) => codesIn(name)[0]).sort()).toEqual(told.sort())
  for (const [name = '', labels = ''] of rows) {
    const sample = new RegExp(`^${codesIn(name)[0]}\\{([^}]*)\\}`, 'm').exec(text)?.[1]
    if (sample !== undefined) expect(codesIn(labels)).toEqual([...sample.matchAll(/(\w+)=/g)].map(([, label]) => label))
  }
})
