import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startRenderer } from '../../src/email/renderer.ts'
import type { Outcome } from '../support/command.ts'
import { countingRandom } from '../support/counting-random.ts'
import { runHere } from '../support/run-command.ts'
import { openRecorder } from './recorder.ts'

/*
 * What each command says on the sample publication, to people and as JSON, and its exit code. The tests run in this order and build on one
 * another: one data folder, a clock that stands, chance that counts. After an intended change, run this file with `-u` and read the diff.
 */

// Each command that renders mail starts a process for it, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const recorder = openRecorder('commands')
const random = countingRandom()
const renderer = startRenderer(resolve('templates'))
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broadsheet-recorded-'))
  await cp(resolve('content'), join(folder, 'content'), { recursive: true })
  recorder.name(folder, 'folder')
  recorder.name(resolve('.'), 'product')
  recorder.name(process.versions.node, 'version of Node')
})

afterAll(async () => {
  await renderer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Given {
  readonly now?: string
  readonly env?: Readonly<Record<string, string>>
  readonly content?: string
  readonly data?: string
  readonly onSay?: (out: string) => void
}

/** Runs `broadsheet ARGS` in the folder of this test. */
function runPlain(args: readonly string[], { content = 'content', data = 'data', env = {}, ...given }: Given = {}): Promise<Outcome> {
  return runHere(join(folder, content), join(folder, data), args, {
    cwd: folder,
    random,
    renderer,
    env: {
      PUBLIC_URL: 'https://morning-tide.example',
      SECRET: 'the secret of what is recorded',
      SMTP_CONNECTIONS: '1',
      LOG_LEVEL: 'silent',
      ...env,
    },
    ...given,
  })
}

/** The same, and compares what it says, and its exit code, with the file of that name. */
async function run(name: string, args: readonly string[], given: Given = {}): Promise<void> {
  const { code, out, err } = await runPlain(args, given)
  await recorder.compare(
    name,
    [
      `broadsheet ${args.map((arg) => (/^[\w@:,./=-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ')}`,
      ...Object.entries(given.env ?? {}).map(([variable, value]) => `${variable}=${value}`),
      '',
      `exit code ${code}`,
      ...(out === '' ? [] : ['', '--- standard output', laidOut(out)]),
      ...(err === '' ? [] : ['', '--- standard error', err]),
    ].join('\n'),
  )
}

/** Has the pictures of a digest made for mail, which waits for them some seconds only. */
async function makePictures(digest: string): Promise<void> {
  await vi.waitUntil(async () => !(await runPlain(['preview', digest, '--json'])).out.includes('not ready in time'), { timeout: 200_000 })
}

/** One line of JSON as several. */
function laidOut(out: string): string {
  if (!/^[{[].*\n$/.test(out)) return out
  return `one line of JSON:\n${JSON.stringify(JSON.parse(out), null, 2)}\n`
}

const subcommands = ['add', 'list', 'count', 'import', 'export', 'erase']
const issueCommands = ['list', 'show', 'approve', 'pause', 'resume', 'cancel', 'retry', 'uncertain']
const commandNames = ['start', 'login', 'check', 'doctor', 'preview', 'send', 'issues', 'sending', 'why', 'subscribers', 'backup']

test('the help is as recorded', async () => {
  await run('help', ['--help'])
  await run('version', ['--version'])
  await run('nothing', [])
  for (const name of commandNames) await run(`${name}-help`, [name, '--help'])
  for (const name of subcommands) await run(`subscribers-${name}-help`, ['subscribers', name, '--help'])
  for (const name of issueCommands) await run(`issues-${name}-help`, ['issues', name, '--help'])
})

test('words that are off are answered as recorded', async () => {
  await run('unknown-command', ['publish'])
  await run('unknown-option', ['check', '--fast'])
  await run('missing-argument', ['send'])
  await run('excess-argument', ['issues', 'all'])
  await run('issues-uncertain-undecided', ['issues', 'uncertain', 'weekly/1'])
  await run('check-unknown-format', ['check', '--format', 'yaml'])
  await run('subscribers-nothing', ['subscribers'])
  await run('subscribers-unknown', ['subscribers', 'praise'])
  await run('sending-both', ['sending', '--hold', '--release'])
  await run('subscribers-import-no-basis', ['subscribers', 'import', 'list.csv'])
  await run('subscribers-export-unknown-format', ['subscribers', 'export', '--format', 'xml'])
  await run('subscribers-list-wrong-limit', ['subscribers', 'list', '--limit', '0'])
})

test('an environment or a folder that cannot be used is told as recorded', async () => {
  const env = {
    PORT: 'eighty',
    PUBLIC_URL: 'morning-tide.example',
    SMTP_URL: 'mail',
    SECRET: 'short',
    DKIM_DOMAIN: 'example.org',
    TRUST_PROXY: 'perhaps',
  }
  await run('environment-wrong', ['issues'], { env })
  await run('start-environment-wrong', ['start'], { env })
  await run('start-publication-wrong', ['start'], { content: await brokenContent(), data: 'other' })
  await run('issues-no-content', ['issues'], { content: 'nowhere', data: 'other' })
})

/** A publication.yaml with mistakes, and articles with some. */
async function brokenContent(): Promise<string> {
  await cp(join(folder, 'content'), join(folder, 'broken'), { recursive: true })
  const file = join(folder, 'broken/publication.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('language: en', 'language: 7').replace('"0 8 * * mon"', '"0 8 * *"'))
  return 'broken'
}

test('check finds what is recorded', async () => {
  await run('check', ['check'])
  await run('check-publication-wrong', ['check'], { content: 'broken' })
  for (const format of ['json', 'github', 'gitlab', 'checkstyle'])
    await run(`check-publication-wrong-${format}`, ['check', '--format', format], { content: 'broken' })
  await cp(join(folder, 'content'), join(folder, 'faulty'), { recursive: true })
  const file = join(folder, 'faulty/articles/how-to-read-a-tide-table.md')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace("publish_date: '2026-08-20'", "publish_date: '2026-13-20'"))
  await writeFile(
    join(folder, 'faulty/articles/untitled.md'),
    text.replace(/^title: .*\n/m, '').replace('topics: [coast]', 'topics: [opera]'),
  )
  await run('check-faulty-json', ['check', '--json', '--strict'], { content: 'faulty' })
})

test('readers are taken in, listed and erased as recorded', async () => {
  const list =
    'email,name,status,digests,topics\nada@example.org,Ada,subscribed,weekly coast-daily,coast\nben@example.org,Ben,subscribed,weekly,\nnobody,,subscribed,weekly,\n'
  await writeFile(join(folder, 'list.csv'), list)
  await run('subscribers-list-nobody', ['subscribers', 'list'])
  await run('subscribers-import-dry-run', ['subscribers', 'import', 'list.csv', '--basis', 'consent', '--dry-run'])
  await run('subscribers-import', ['subscribers', 'import', 'list.csv', '--basis', 'consent', '--report', 'report.csv'])
  await recorder.compare('subscribers-import-report', await readFile(join(folder, 'report.csv'), 'utf8'))
  await run('subscribers-import-json', ['subscribers', 'import', 'list.csv', '--basis', 'consent', '--json'])
  await run('subscribers-import-no-file', ['subscribers', 'import', 'none.csv', '--basis', 'consent'])
  await writeFile(join(folder, 'shapes.csv'), 'colour,shape\nred,round\n')
  await run('subscribers-import-unreadable', ['subscribers', 'import', 'shapes.csv', '--basis', 'consent'])
  await writeFile(join(folder, 'opted.csv'), 'email,Email Opt Out,"Consent ($)"\nole@example.org,1,yes\numa@example.org,,no\n')
  const opted = ['subscribers', 'import', 'opted.csv', '--basis', 'consent', '--digests', 'weekly', '--dry-run']
  await run('subscribers-import-undecided', opted)
  await run('subscribers-import-mapped', [...opted, '--map', 'Email Opt Out=opted_out', '--ignore', 'Consent ($)'])
  await run('subscribers-import-wrong-map', [...opted, '--map', 'Email Opt Out'])
  await run('subscribers-export-excel-ndjson', ['subscribers', 'export', '--json', '--excel'])
  await run('subscribers-add', ['subscribers', 'add', 'cleo@example.org', '--digests', 'weekly'])
  await run('subscribers-add-json', ['subscribers', 'add', 'dora@example.org', '--digests', 'weekly,coast-daily', '--json'])
  await run('subscribers-add-again', ['subscribers', 'add', 'ben@example.org', '--digests', 'weekly'])
  await run('subscribers-add-wrong-address', ['subscribers', 'add', 'nobody', '--digests', 'weekly'])
  await run('subscribers-add-wrong-digest', ['subscribers', 'add', 'ben@example.org', '--digests', 'monthly'])
  await run('subscribers-list', ['subscribers', 'list'])
  await run('subscribers-list-json', ['subscribers', 'list', '--json', '--limit', '2'])
  await run('subscribers-list-segment', ['subscribers', 'list', '--digest', 'coast-daily'])
  await run('subscribers-list-wrong-segment', ['subscribers', 'list', '--digest', 'monthly'])
  await run('subscribers-count', ['subscribers', 'count'])
  await run('subscribers-count-json', ['subscribers', 'count', '--json'])
  await run('subscribers-export', ['subscribers', 'export'])
  await run('subscribers-export-json', ['subscribers', 'export', '--json'])
  await run('subscribers-export-file', ['subscribers', 'export', 'out.csv'])
  await run('subscribers-erase', ['subscribers', 'erase', 'dora@example.org'])
  await run('subscribers-erase-again', ['subscribers', 'erase', 'dora@example.org'])
  await run('subscribers-erase-json', ['subscribers', 'erase', 'cleo@example.org', '--json'])
  await run('subscribers-add-suppressed', ['subscribers', 'add', 'dora@example.org', '--digests', 'weekly'])
})

test('an issue is looked at, tested, held and sent as recorded', async () => {
  for (const digest of ['weekly', 'coast-daily', 'instant']) await makePictures(digest)
  await run('issues-none', ['issues'])
  await run('preview', ['preview', 'coast-daily'])
  await run('preview-json', ['preview', 'instant', '--json'])
  await run('preview-unknown', ['preview', 'monthly'])
  await run('send-dry-run', ['send', 'weekly', '--dry-run'])
  await run('send-dry-run-json', ['send', 'weekly', '--dry-run', '--json'])
  await run('send-test', ['send', 'weekly', '--test', 'editor@morning-tide.example', '--json'])
  await run('send-test-wrong', ['send', 'weekly', '--test', 'nobody'])
  await run('sending', ['sending'])
  await run('sending-hold', ['sending', '--hold'])
  await run('sending-json', ['sending', '--json'])
  await run('send-held', ['send', 'weekly', '--key', 'first'])
  await run('sending-release', ['sending', '--release'])
  await run('send-key', ['send', 'weekly', '--key', 'first'])
  await run('send-key-again', ['send', 'weekly', '--key', 'first'])
  await run('send-nothing-new', ['send', 'weekly'])
  await run('send-dry-run-nothing-new', ['send', 'weekly', '--dry-run'])
  await run('send-json', ['send', 'coast-daily', '--json'])
  await run('send-unknown', ['send', 'monthly'])
  await run('issues', ['issues'])
  await run('issues-json', ['issues', '--json'])
})

test('why, login, backup and start answer as recorded', async () => {
  await run('why', ['why', 'how-to-read-a-tide-table'])
  await run('why-json', ['why', 'how-to-read-a-tide-table', '--json'])
  await run('why-file', ['why', 'content/articles/how-to-read-a-tide-table.md'])
  await run('why-reader', ['why', 'how-to-read-a-tide-table', 'ada@example.org'])
  await run('why-stranger', ['why', 'how-to-read-a-tide-table', 'eve@example.org', '--json'])
  await run('why-unknown', ['why', 'nobody-wrote-this'])
  await run('why-wrong-address', ['why', 'how-to-read-a-tide-table', 'nobody'])
  await run('why-faulty', ['why', 'articles/untitled.md'], { content: 'faulty', data: 'other' })
  await run('login', ['login'])
  await run('login-json', ['login', '--json'])
  await run('backup-missing-folder', ['backup', join(folder, 'missing', 'copy.sqlite')])
  await run('backup', ['backup', 'copy.sqlite'])
  await run('backup-json', ['backup', 'another.sqlite', '--json'])
  await run('backup-there-already', ['backup', 'copy.sqlite'])
  await run('backup-postgres', ['backup', 'third.sqlite'], { env: { DATABASE_URL: 'postgres://user@127.0.0.1:1/news' } })
  await started('start', ['start'])
  await started('start-json', ['start', '--json'])
})

/** Starts the service, and stops it when it has said what it serves. */
async function started(name: string, args: readonly string[]): Promise<void> {
  const onSay = (out: string) => {
    recorder.name(/localhost:\d+/.exec(out)?.[0] ?? '', 'address')
    process.emit('SIGTERM')
  }
  await run(name, args, { env: { PORT: '0' }, onSay })
}

test('every recorded file is of a command that is run here', async () => {
  expect(await recorder.unused()).toEqual([])
})
