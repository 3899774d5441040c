import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'

/**
 * Keeps what the product answers as text files below `test/recorded/`, made by the product as it was, and compares later answers with them. An
 * intended difference is made by running the test with `-u`; it shows in the diff of the file.
 */
export interface Recorder {
  /** From now on `value` is written as `<label>`, whatever it is in this run. */
  name(value: string, label: string): void
  /** Compares `text` with the file of that name. */
  compare(name: string, text: string): Promise<void>
  /** One answer over HTTP, with its status and headers. */
  answer(name: string, request: Question): Promise<Answer>
  /** Files that no answer was compared with. */
  unused(): Promise<string[]>
}

export interface Question {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What is told whole in another file: lines that the body shares with it are told by their number and hash. */
  readonly known?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Of the connection, not of the answer. */
const unkept = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding', 'x-request-id'])
/** Values that depend on when and where the test runs, or that Express makes from the body. */
const replaced: Readonly<Record<string, RegExp>> = {
  etag: /(?<=^W\/").*(?="$)/,
  'set-cookie': /(?<=Expires=)[^;]+/,
  ratelimit: /(?<=t=)\d+/,
}
/** Fewer known lines in a row are told. */
const shortestRun = 4

/** Answers of one kind, in `test/recorded/FOLDER/`, asked for at `origin()`. */
export function openRecorder(folder: string, origin: () => string = () => ''): Recorder {
  const place = resolve('test/recorded', folder)
  const names = new Map<string, string>()
  const compared = new Set<string>()

  async function compare(name: string, text: string): Promise<void> {
    const file = `${name}.txt`
    if (compared.has(file)) throw new Error(`${file} is compared twice`)
    compared.add(file)
    await expect.soft(visible(normalise(text, names)), name).toMatchFileSnapshot(join(place, file))
  }

  async function answer(name: string, { method = 'GET', path, headers = {}, body, known = '' }: Question): Promise<Answer> {
    const response = await fetch(origin() + path, {
      method,
      redirect: 'manual',
      headers: { 'Accept-Encoding': 'identity', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const type = response.headers.get('Content-Type') ?? ''
    const text = bytes.toString('utf8')
    const told = bodyOf(bytes, type, known)
    const asked = Object.entries(headers).filter(([header]) => !['Authorization', 'Cookie'].includes(header))
    await compare(
      name,
      [
        `${method} ${path}`,
        ...asked.map(([header, value]) => `${header}: ${value}`),
        ...(body === undefined ? [] : ['', body]),
        '',
        String(response.status),
        ...headersOf(response.headers, { hasBody: bytes.length > 0, isOfThisRun: isPicture(type) || normalise(text, names) !== text }),
        '',
        told,
      ].join('\n'),
    )
    return { status: response.status, headers: response.headers, body: text }
  }

  return {
    name: (value, label) => void names.set(value, label),
    compare,
    answer,
    async unused() {
      const found = await readdir(place, { recursive: true }).catch(() => [])
      return found.filter((file) => file.endsWith('.txt') && !compared.has(file))
    },
  }
}

/** What follows from the body is not told beside it. `isOfThisRun`: the body differs from run to run, or it is a file, which has the time of its checkout. */
function headersOf(headers: Headers, { hasBody, isOfThisRun }: { hasBody: boolean; isOfThisRun: boolean }): string[] {
  return [...headers]
    .filter(([name]) => !unkept.has(name) && !(hasBody && name === 'content-length'))
    .map(([name, value]) => {
      if (isOfThisRun && ['etag', 'last-modified'].includes(name)) return `${name}: <of this run>`
      const pattern = replaced[name]
      return `${name}: ${pattern ? value.replace(pattern, '<of this run>') : value}`
    })
}

function isPicture(type: string): boolean {
  return /^(?:image|audio|video|application\/octet-stream)/.test(type)
}

function bodyOf(bytes: Buffer, type: string, known: string): string {
  if (bytes.length === 0) return ''
  // Compressed bytes differ from one zlib to the next, those of a picture are its file's.
  if (isPicture(type)) return `<${bytes.length} bytes, ${hashOf(bytes)}>`
  const text = ofEveryRun(bytes.toString('utf8'), type)
  return known === '' ? laidOut(text, type) : without(laidOut(text, type), new Set(laidOut(known, type).split('\n')))
}

/** Metrics without those of the process, and without counts since its start. */
function ofEveryRun(text: string, type: string): string {
  if (!type.startsWith('text/plain; version=')) return text
  return text
    .replace(/^(?:# (?:HELP|TYPE) )?(?:nodejs|process)_.*\n/gm, '')
    .replace(/^(broadsheet_\w+_total\{.*\}) .*$/gm, '$1 <of this run>')
}

/** JSON on several lines. */
function laidOut(text: string, type: string): string {
  return /^application\/(?:[\w-]+\+)?json/.test(type) ? JSON.stringify(JSON.parse(text), null, 2) : text
}

function without(text: string, known: ReadonlySet<string>): string {
  const told: string[] = []
  let run: string[] = []
  const endRun = () => {
    told.push(...(run.length < shortestRun ? run : [`<${run.length} lines told elsewhere, ${hashOf(Buffer.from(run.join('\n')))}>`]))
    run = []
  }
  for (const line of text.split('\n')) {
    if (known.has(line)) run.push(line)
    else {
      endRun()
      told.push(line)
    }
  }
  endRun()
  return told.join('\n')
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
}

/** What is made by chance or from it, by place: ids of our own (UUIDv7), tokens, measured links, message boundaries, pictures for mail. */
const chance: readonly (readonly [string, RegExp])[] = [
  ['token', /(?<=\/(?:confirm|preferences|unsubscribe)\/)[\w-]{43}/g],
  ['log-in', /(?<=\/admin\/login\/)[\w-]{32}/g],
  ['admin token', /(?<=Admin token )[\w-]{32}/g],
  ['session', /(?<=broadsheet_session=)[^;\s]+/g],
  ['measured link', /(?<=\/go\/)[\w-]{22}/g],
  ['mail picture', /(?<=\/media\/mail\/)[\w-]{22}/g],
  ['mark', /(?<=\+[bu])[0-9a-z]+-[a-z2-7]{20}(?=@)/g],
  ['cursor', /(?<="next":\s*")[\w-]+(?=")/g],
  ['boundary', /=_[\w-]{24}/g],
  ['id', /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g],
]

/** Each value that is made by chance gets a number in the order of its first appearance in this text, so that values that differ stay so. */
function normalise(text: string, names: ReadonlyMap<string, string>): string {
  let told = text
  for (const [value, label] of names) told = told.replaceAll(value, `<${label}>`)
  for (const [kind, pattern] of chance) {
    const numbers = new Map<string, number>()
    told = told.replace(pattern, (value) => {
      if (!numbers.has(value)) numbers.set(value, numbers.size + 1)
      return `<${kind} ${numbers.get(value)}>`
    })
  }
  return told
}

/** Line ends of the other kind would not survive a checkout. */
function visible(text: string): string {
  return `${text.replaceAll('\r', '␍').trimEnd()}\n`
}
