import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { issueStates } from '../../src/digests/issue/issue.ts'
import type { CountedLinkKind } from '../../src/digests/link-counts/link-counts.ts'
import type { Refused } from '../../src/operators/operators.ts'
import { deliveryStates } from '../../src/outbox/delivery.ts'
import type { Actor } from '../../src/platform/actor.ts'
import { needsOf } from '../../src/platform/message-lint.ts'
import { readMessageFile } from '../../src/platform/messages.ts'
import { productTemplates } from '../../src/platform/product-folder.ts'
import type { Place } from '../../src/web/admin/desk-page.ts'

/*
 * Every message is used, and every message that is used is there, with the values that it needs. Code that composes a key is listed here
 * with all the keys that it can make.
 */

const rail = Object.keys({
  today: true,
  issues: true,
  digests: true,
  articles: true,
  readers: true,
  settings: true,
} satisfies Record<Exclude<Place, 'outside'>, true>)
const settings = ['operators', 'tokens', 'sessions', 'doctor', 'webhooks', 'suppressions', 'audit', 'mailbox']
const ways = Object.keys({ desk: true, api: true, cli: true } satisfies Record<Actor['via'], true>)
const refusals = Object.keys({ last_owner: true, not_owner: true } satisfies Record<Refused['why'], true>)

const linkKinds = ['article', 'call_to_action', 'open', 'text'] satisfies CountedLinkKind[]
const questions = ['cancel', 'let_be', 'resend']

/** How the source writes a composed key, with all the values of its variable part. A new one gets a line here. */
const composed: Readonly<Record<string, readonly string[]>> = {
  "desk.articles.filter_${one ?? 'all'}": ['all', 'draft', 'faulty', 'hidden', 'problem', 'published', 'waiting'],
  'desk.articles.state_${state}': ['draft', 'faulty', 'published'],
  'desk.audit.via.${line.by.via}': ways,
  'desk.digest.followed_${kind}': linkKinds.filter((kind) => kind !== 'open'),
  'desk.digest.followed_count_${kind}': linkKinds,
  'desk.digest.left_out_${kind}': ['draft', 'excluded', 'faulty', 'first', 'hidden', 'postponed', 'topic', 'waiting'],
  "desk.digest.view_${name.replace('-', '_')}": ['dark', 'desktop', 'no_pictures', 'phone', 'source', 'text'],
  'desk.digests.count_${state}': [...deliveryStates, 'bounced', 'complained'],
  'desk.digests.state_${issue.state}': issueStates,
  'desk.issue.ask.${key}.button': questions,
  'desk.issue.ask.${key}.text': questions,
  'desk.issue.ask.${key}.title': questions,
  'desk.issue.count.${name}': deliveryStates,
  'desk.issue.count.${state}': deliveryStates,
  "desk.issue.done.${done.replace('-', '_')}": ['approve', 'cancel', 'let_be', 'pause', 'resend', 'resume', 'retry'],
  'desk.issue.links.${kind}': linkKinds,
  'desk.issue.state.${state}': issueStates,
  'desk.operators.${why}': refusals,
  'desk.import.field.${stored.field}': ['basis', 'digests', 'file'],
  'desk.rail.${name}': rail,
  'desk.reader.field.${added.field}': ['email', 'name', 'digests', 'topics', 'language'],
  'desk.reader.field.${amended.field}': ['name', 'topics', 'language'],
  'desk.reader.new.${added.status}': ['gone', 'suppressed'],
  'desk.send.${kind}': ['expired', 'foreign'],
  'desk.send.error_${refusal.kind}': ['changed', 'readers_changed'],
  'desk.settings.${name}': settings,
  'desk.settings.${name}.about': settings,
  "desk.tokens.fault.${created.status === 'too_many' ? 'too_many' : field}": ['name', 'scopes', 'too_many'],
}

/** Files whose `words` put something before each key. */
const prefixes: Readonly<Record<string, string>> = { 'operators/login-mail.ts': 'operators.mail.' }

const english = readMessageFile(join(productTemplates, 'messages/en.json'))
const keys = Object.keys(english)

interface Use {
  readonly place: string
  readonly key: string
  /** Names of the values; undefined where they are not written at this place. */
  readonly given: readonly string[] | undefined
  readonly isHtml: boolean
}

const templates = filesBelow(productTemplates, /\.(?:liquid|mjml)$/)
const sources = filesBelow(join(import.meta.dirname, '../../src'), /\.ts$/).map(withoutComments)
const uses = [...templates.flatMap(usesInTemplate), ...sources.flatMap(usesInCode)]

test('every message that a template or the code names is there', () => {
  expect(uses.filter(({ key }) => !Object.hasOwn(english, key)).map(({ place, key }) => `${place}: ${key}`)).toEqual([])
})

test('every message is used', () => {
  const literals = new Set(sources.flatMap(({ path, text }) => literalsIn(text).flatMap((one) => keysOfLiteral(path, one))))
  const made = Object.entries(composed).flatMap(([pattern, members]) => members.map((member) => pattern.replace(/\$\{[^}]*\}/, member)))
  expect(made.filter((key) => !Object.hasOwn(english, key))).toEqual([])
  const used = new Set([...uses.map(({ key }) => key), ...literals, ...made])
  expect(keys.filter((key) => !used.has(key))).toEqual([])
})

test('a message gets the values and links that it needs, and no others', () => {
  const faults = uses.flatMap(({ place, key, given, isHtml }) => {
    const text = english[key]
    if (text === undefined || given === undefined) return []
    const { values, tags } = needsOf(text)
    const linked = [...tags].filter((tag) => !['strong', 'em', 'code', 'bdi', 'address'].includes(tag))
    if (tags.size > 0 && !isHtml) return [`${place}: ${key} has tags: use t_html`]
    const needed = [...values, ...linked]
    const missing = needed.filter((name) => !given.includes(name)).map((name) => `${place}: ${key} needs ${name}`)
    const idle = given.filter((name) => !needed.includes(name)).map((name) => `${place}: ${key} does not use ${name}`)
    return [...missing, ...idle]
  })
  expect(faults).toEqual([])
})

test('no template composes a key', () => {
  const faults = templates.flatMap(({ path, text }) =>
    [...text.matchAll(/([^\s'"]|[^\s]\s*\|[^|{}%]*)\s*\|\s*t(?:_html)?\b[^|]/g)].map(({ index }) => `${path}:${lineAt(text, index)}`),
  )
  expect(faults).toEqual([])
})

test('code composes only the keys that are listed here', () => {
  const found = sources.flatMap(({ text }) =>
    [...text.matchAll(/\b(?:words|text|html)\(\s*([\w.()]+\s*,\s*)?`([^`]*\$\{[^`]*)`/g)].map(([call, , key = '']) =>
      call.startsWith('words(desk') ? `desk.${key}` : key,
    ),
  )
  const inPlaces = found.filter((key) => keys.some((known) => known.split('.')[0] === key.split('.')[0]) && !key.startsWith('desk.${'))
  expect([...new Set(inPlaces)].sort()).toEqual(Object.keys(composed).sort())
})

test('keys are sorted, so that changes of two people merge', () => {
  expect(keys).toEqual([...keys].sort())
})

test('the scan sees what it is to see', () => {
  const template = { path: 't', text: "{{ 'a.b' | t: count: n.size, name: 'x: y' }}{%- assign w = 'a.c' | t_html: link: l %}" }
  expect(usesInTemplate(template)).toEqual([
    { place: 't:1', key: 'a.b', given: ['count', 'name'], isHtml: false },
    { place: 't:1', key: 'a.c', given: ['link'], isHtml: true },
  ])
  const code = {
    path: 'c',
    text: "words('a.b')\nwords(desk, 'x.y', { at, of: f({ in: 1 }), ...rest })\nwordsOf(site)('a.c', { n: 1 })\nwords('a.d', more)",
  }
  expect(usesInCode(code)).toEqual([
    { place: 'c:1', key: 'a.b', given: [], isHtml: true },
    { place: 'c:2', key: 'desk.x.y', given: undefined, isHtml: true },
    { place: 'c:3', key: 'a.c', given: ['n'], isHtml: true },
    { place: 'c:4', key: 'a.d', given: undefined, isHtml: true },
  ])
})

interface Source {
  readonly path: string
  readonly text: string
}

function filesBelow(folder: string, names: RegExp): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => names.test(name))
    .map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }))
}

/** Lines stay where they are. */
function withoutComments({ path, text }: Source): Source {
  return { path, text: text.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '') }
}

function usesInTemplate({ path, text }: Source): Use[] {
  const filter = /(['"])([\w.]+)\1\s*\|\s*(t|t_html)\b(?::((?:'[^']*'|"[^"]*"|[^|%}])*))?/g
  return [...text.matchAll(filter)].map(({ index, 2: key = '', 3: name, 4: given = '' }) => ({
    place: `${path}:${lineAt(text, index)}`,
    key,
    given: [...given.replace(/'[^']*'|"[^"]*"/g, '').matchAll(/(\w+)\s*:/g)].map(([, one = '']) => one),
    isHtml: name === 't_html',
  }))
}

/**
 * Calls with a key that is written out: `words('…')`, `words(desk, '…')`, `wordsOf(site)('…')`, `messages.text(language, '…')`, and
 * `readerFault(field, reason, '…')`.
 */
function usesInCode({ path, text }: Source): Use[] {
  const call =
    /\b(?:words\(\s*(desk\s*,\s*)?|wordsOf\([^()]*\)\(\s*|\.words\(\s*|messages\.(?:text|html)\(\s*[\w.()]+\s*,\s*|readerFault\([^;]*?,\s*(?='site\.fault))'([\w.]+)'\s*(,?)/g
  const written = [...text.matchAll(call)].map((match): Use => {
    const { 0: whole, 1: desk, 2: key = '', 3: comma, index } = match
    const rest = text.slice(index + whole.length).trimStart()
    const given = comma === '' || rest.startsWith(')') ? [] : rest.startsWith('{') ? namesOfObject(rest) : undefined
    // A value of the desk may go into a template as text or as HTML; only templates tell them apart.
    return { place: `${path}:${lineAt(text, index)}`, key: (desk ? 'desk.' : (prefixes[path] ?? '')) + key, given, isHtml: true }
  })
  // `doneWords(desk, request, 'tokens', ['revoked'])` is `desk.tokens.done.revoked`.
  const done = [...text.matchAll(/\bdoneWords\(desk, request, '(\w+)', \[([^\]]*)\]/g)].flatMap(({ 1: page = '', 2: list = '', index }) =>
    literalsIn(list).map(
      (one): Use => ({ place: `${path}:${lineAt(text, index)}`, key: `desk.${page}.done.${one}`, given: [], isHtml: true }),
    ),
  )
  return [...written, ...done]
}

/** The property names of an object literal; undefined if it spreads another one. */
function namesOfObject(source: string): string[] | undefined {
  let depth = 0
  let own = ''
  for (const character of source.replace(/'(?:[^'\\]|\\.)*'/g, "''").replace(/`[^`]*`/g, '``')) {
    if ('}])'.includes(character) && --depth === 0) break
    if (depth === 1) own += character
    if ('{[('.includes(character)) depth++
  }
  if (own.includes('...')) return undefined
  return own
    .split(',')
    .map((part) => part.split(':', 1)[0]?.trim() ?? '')
    .filter((name) => name !== '')
}

function literalsIn(text: string): string[] {
  return [...text.matchAll(/'([\w.]+)'/g)].map(([, literal = '']) => literal)
}

/** In the desk, keys are written without `desk.`. */
function keysOfLiteral(path: string, literal: string): string[] {
  return path.startsWith('web/admin') ? [literal, `desk.${literal}`] : [literal]
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
