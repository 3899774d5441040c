import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseArticle } from '../../src/articles/parse.ts'
import { readConfig } from '../../src/config.ts'
import { articlesSchema } from '../../src/publication/articles-schema.ts'
import { articleFields } from '../../src/publication/publication.ts'
import { parsePublicationFile, readPublication } from '../../src/publication/read.ts'
import { publicationSchema } from '../../src/publication/schema.ts'
import { apiRoutes } from '../../src/web/api/routes.ts'
import {
  confirmRequest,
  digestRequest,
  goodbyeRequest,
  loginRequest,
  noticeRequest,
  singleRequest,
  welcomeRequest,
} from '../email/requests.ts'
import { runHere } from '../support/run-command.ts'
import { codesIn, readPage, readPages, root, sectionOf, tableIn } from './pages.ts'
import { partialNames, templateNames, variablesOf } from './template-variables.ts'

const pages = readPages()
const sample = join(root, 'content')

test('the table of environment variables has the names and defaults of the program', () => {
  const rows = tableIn(sectionOf(readPage('docs/configuration.md'), 'Variables'), 'Variable').map((cells) =>
    cells.map((cell) => codesIn(cell)),
  )
  const asked = new Set<string>()
  const nothing = new Proxy<Record<string, string | undefined>>(
    {},
    { get: (_, name) => void (typeof name === 'string' && asked.add(name)) },
  )
  const plain = readConfig(nothing, root)
  const names = [...asked].filter((name) => !name.endsWith('_FILE'))
  expect(rows.map(([names = []]) => names[0]).sort()).toEqual(names.sort())
  for (const name of names) expect(asked).toContain(`${name}_FILE`)
  for (const [[name = ''] = [], [value] = []] of rows) {
    if (value !== undefined) expect(readConfig({ [name]: value }, root), name).toEqual(plain)
  }
  const listed = readFileSync(join(root, '.env.example'), 'utf8')
  for (const name of names) expect(listed).toMatch(new RegExp(`^#${name}(?:_FILE)?=`, 'm'))
})

test('the tables of publication.yaml have the settings and defaults of its schema', () => {
  const page = readPage('docs/publication.md')
  const rows = ['Settings', 'Articles'].flatMap((heading) => tableIn(sectionOf(page, heading), 'Setting'))
  const ofArticles = keysOf(articlesSchema, 'articles')
  expect(rows.map(([name = '']) => codesIn(name)[0]).sort()).toEqual(['articles', ...keysOf(publicationSchema, ''), ...ofArticles].sort())
  const digestRows = tableIn(sectionOf(page, 'Digests'), 'Setting')
  const digest = (publicationSchema.shape.digests.def.innerType.def as { valueType: object }).valueType
  expect(digestRows.map(([name = '']) => codesIn(name)[0]).sort()).toEqual(keysOf(digest, '').sort())
  for (const [name = '', , value = ''] of [
    ...rows,
    ...digestRows.map(([key = '', ...rest]) => [key.replace('`', '`digests.daily.'), ...rest]),
  ]) {
    const [path = '', written] = [codesIn(name)[0], /^`([^`]+)`$/.exec(value)?.[1]]
    // Colours are set in where the file is read.
    if (written === undefined || path.startsWith('accent')) continue
    const base = 'title: T\nsender: { name: N, email: n@example.org }\n'
    const daily = 'digests: { daily: { title: D, schedule: "0 8 * * mon"'
    const text = path.startsWith('digests.daily.')
      ? [`${base}${daily} } }`, `${base}${daily}, ${path.slice(14)}: ${written} } }`]
      : [
          base,
          `${base}${path
            .split('.')
            .reduceRight((inner, key) => `{ ${key}: ${inner} }`, written)
            .slice(2, -2)}`,
        ]
    const [without, given] = text.map((one) => parsePublicationFile(one))
    expect(given?.ok && given.file, path).toEqual(without?.ok && without.file)
  }
})

interface Schema {
  readonly def: {
    readonly type: string
    readonly innerType?: Schema
    readonly out?: Schema
    readonly shape?: Readonly<Record<string, Schema>>
  }
}

/** The names of a schema's settings, those of a map in it with a dot. */
function keysOf(schema: object, prefix: string): string[] {
  const { def } = schema as Schema
  if (def.innerType) return keysOf(def.innerType, prefix)
  if (def.type === 'pipe' && def.out) return keysOf(def.out, prefix)
  if (!def.shape) return [prefix]
  return Object.entries(def.shape).flatMap(([key, value]) => {
    // What articles may say has a table of its own.
    if (prefix === '' && key === 'articles') return []
    return keysOf(value, prefix === '' ? key : `${prefix}.${key}`)
  })
}

test('the table of front matter has the fields of the program, and all the names that each is read from', () => {
  const rows = tableIn(sectionOf(readPage('docs/article.md'), 'Fields'), 'Field')
  expect(rows.map(([name = '']) => codesIn(name)[0]).sort()).toEqual([...articleFields].sort())
  const source = readFileSync(new URL('../../src/articles/front-matter/fields.ts', import.meta.url), 'utf8')
  const table = /Record<ArticleField, readonly string\[\]>> = \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
  const named = new Map(
    [...table.matchAll(/(\w+): \[([\s\S]*?)\]/g)].map(([, field = '', list = '']) => [field, list.match(/[\w][\w ]*/g) ?? []]),
  )
  expect([...named.keys()].sort()).toEqual([...articleFields].sort())
  const key = (name: string) => name.toLowerCase().replace(/[-_ ]/g, '')
  for (const [field = '', , , aliases = ''] of rows) {
    const [name = ''] = codesIn(field)
    const documented = [name, ...codesIn(aliases)].map(key)
    expect(documented.sort(), name).toEqual((named.get(name) ?? []).map(key).sort())
  }
})

test('the command line page has the commands and options of the program', async () => {
  const page = readPage('docs/command-line.md')
  const help = async (...words: string[]) => (await runHere(sample, sample, [...words, '--help'])).out
  const listed = (text: string) =>
    [...(/^Commands:\n((?: .*\n)*)/m.exec(text)?.[1] ?? '').matchAll(/^ {2}([a-z]+)(?: |$)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
  async function commandsBelow(words: readonly string[]): Promise<string[]> {
    const inner = listed(await help(...words))
    if (inner.length === 0) return [words.join(' ')]
    return (await Promise.all(inner.map((one) => commandsBelow([...words, one])))).flat()
  }
  const commands = await commandsBelow([])
  const headings = [...page.markdown.matchAll(/^## ([a-z]+(?: [a-z]+){0,2})$/gm)].map(([, heading = '']) => heading)
  expect(headings.sort()).toEqual(commands.sort())
  for (const command of commands) {
    const options = [...(await help(...command.split(' '))).matchAll(/^ {2}(?:-h, )?(--[a-z-]+(?: <\w+>)?)/gm)].map(
      ([, option = '']) => option,
    )
    const documented = tableIn(sectionOf(page, command), 'Option').map(([option = '']) => codesIn(option)[0])
    expect(documented.sort(), command).toEqual(options.filter((option) => option !== '--help').sort())
  }
})

test('the table of calls has the routes of the API', () => {
  const stub = { digests: {}, subscribers: {} } as unknown as Parameters<typeof apiRoutes>[0]
  const routes = apiRoutes(stub).stack.flatMap(({ route }) =>
    route ? Object.keys((route as unknown as { methods: object }).methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
  )
  const documented = tableIn(sectionOf(readPage('docs/api.md'), 'All calls'), 'Call').map(([call = '']) => codesIn(call)[0])
  expect(documented.sort()).toEqual(routes.sort())
})

test('the templates page has every template, partial and variable', () => {
  const page = readPage('docs/templates.md')
  const listed = (heading: string) => new Set(tableIn(sectionOf(page, heading), 'Variable').flatMap(([cell = '']) => codesIn(cell)))
  const partials = tableIn(sectionOf(page, 'Partials'), 'Folder')
  expect(partials.map(([, names = '']) => codesIn(names).sort())).toEqual([partialNames('email').sort(), partialNames('pages').sort()])
  for (const name of templateNames('email')) {
    const documented = new Set([...listed('Variables of mail'), ...listed(`Mail: ${name}`)])
    const offered = new Set(valuesOf(name))
    expect([...documented].sort(), name).toEqual([...offered].sort())
  }
  for (const name of templateNames('pages')) {
    const isAlone = ['embedded-form', 'preview-file'].includes(name)
    const [heading, common] = name.startsWith('admin-') ? ['Desk', 'Variables of the desk'] : ['Page', 'Variables of pages']
    const shared = isAlone ? new Set<string>() : listed(common)
    const hasOwn = sectionOf(page, `${heading}: ${name}`).includes('| Variable')
    const own = hasOwn ? listed(`${heading}: ${name}`) : new Set<string>()
    // A list that is documented by its items, and what only a partial may be given.
    const isKnown = (path: string) => shared.has(path) || [...shared].some((one) => one.startsWith(`${path}[]`)) || path === 'things'
    const used = variablesOf('pages', name)
    expect(
      used.filter((path) => !isKnown(path) && !own.has(path)),
      `missing of ${name}`,
    ).toEqual([])
    expect(
      [...own].filter((path) => !used.includes(path)),
      `unknown to ${name}`,
    ).toEqual([])
  }
})

const orders = {
  digest: digestRequest(),
  article: singleRequest('<p>Text</p>'),
  confirm: confirmRequest,
  welcome: welcomeRequest,
  goodbye: goodbyeRequest,
  notice: noticeRequest,
  login: loginRequest,
} as const

/** What a mail template is given: the values of its order, and what the renderer adds to them. */
function valuesOf(name: string): string[] {
  const { values } = orders[name as keyof typeof orders]
  const direction = { direction: '', start: '', end: '' }
  const type = { ...direction, slant: '', line_breaks: '' }
  const all: Record<string, unknown> = {
    ...values,
    publication: { ...values.publication, logo: { url: '', width: 1, height: 1 } },
    language: '',
    look: { ...type, on_accent: { light: '', dark: '' } },
  }
  const text = { html: '', is_cut: false }
  if ('articles' in values)
    Object.assign(all, {
      layout: '',
      articles: [{ ...values.articles[0], ...type, body: { html: '', limit: 0, pictures: [] }, prose: text }],
    })
  if ('pixel' in values) {
    const action = { text: '', label: '', url: '' }
    all.note = { title: '', language: '', ...type, preheader: '', above: text, below: text, call_to_action: action }
  }
  if ('more' in values) all.more = [{ ...values.more[0], ...type }]
  if ('article' in values) Object.assign(all, { article: { ...values.article, ...type }, prose: { html: '', is_cut: false } })
  return pathsOf(all, '').filter((path) => !groups.has(path))
}

/** Maps that are only there for what they hold; others may be null, and are asked for by themselves. */
const groups = new Set(
  ['links', 'publication', 'publication.accent', 'publication.fonts', 'look', 'digest', 'issue', 'article', 'body', 'prose'].concat([
    'articles[]',
    'more[]',
    'digests[]',
    'left[]',
    'remaining[]',
  ]),
)

function pathsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...(value.length > 0 ? pathsOf(value[0], `${path}[]`) : [])]
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([key, one]) => pathsOf(one, path === '' ? key : `${path}.${key}`))
  return path === '' ? inner : [path, ...inner]
}

test('every message of the troubleshooting page is one that the program says', () => {
  const folders = ['../../src/', '../../bin/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  const code = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[tj]s$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  )
  const sources = [...code, readFileSync(join(root, 'templates/messages/en.json'), 'utf8')]
  const unsaid: string[] = []
  for (const [, message = ''] of readPage('docs/troubleshooting.md').markdown.matchAll(/^\| `([^`]+)`[^|]*\|/gm)) {
    // What stands for names and numbers is a hole in the source's text; what an error of the system says is its own.
    // A thing that is not there is called a setting or a field, as it may be.
    const parts = message
      .replace(/ECONNREFUSED$/, '')
      .split(/…|\b(?:setting|field)\b/)
      .map((part) => RegExp.escape(part.trim()))
    const pattern = new RegExp(parts.filter((part) => part !== '').join('[^\\n]{0,120}?'))
    if (!sources.some((source) => pattern.test(source.replaceAll("\\'", "'")))) unsaid.push(message)
  }
  expect(unsaid).toEqual([])
})

/** YAML that is neither front matter nor a publication: read, and judged by whoever it is for. */
const foreign = /^(?:services|name: content|x-shared)/

test.each(pages.flatMap(({ fences }) => fences.filter(({ language }) => language === 'yaml')))(
  'the YAML at $place is taken as it stands',
  async ({ text }) => {
    if (foreign.test(text)) {
      expect(parseAllDocuments(text).flatMap((document) => ('errors' in document ? document.errors : []))).toEqual([])
      return
    }
    if (text.startsWith('---\n')) {
      const reading = await readPublication(sample, undefined, 'http://localhost:3000')
      if (!reading.ok) throw new Error('the sample publication cannot be read')
      const { problems, parsed } = parseArticle(`${text}\nWords.\n`, 'a.md', {
        publication: reading.publication,
        authors: new Map(),
        dialects: new Set(),
      })
      expect(problems).toEqual([])
      expect(parsed?.title).toBeTruthy()
      return
    }
    const given = Object.keys(parse(text))
    const rest = { title: 'title: T', sender: 'sender: { name: N, email: n@example.org }' }
    const file = [text, ...Object.entries(rest).flatMap(([key, line]) => (given.includes(key) ? [] : [line]))].join('\n')
    const reading = parsePublicationFile(file)
    expect(reading.ok ? [] : reading.problems).toEqual([])
  },
)

test.each(pages.flatMap(({ fences }) => fences.filter(({ language }) => language === 'ini')))(
  'the settings at $place are settings',
  ({ text }) => {
    if (text.startsWith('[Unit]')) return expect(text).toContain('bin/broadsheet.js start')
    const given = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
    const asked = new Set<string>()
    readConfig(new Proxy<Record<string, string>>({}, { get: (_, name) => void (typeof name === 'string' && asked.add(name)) }), root)
    for (const name of Object.keys(given)) expect(asked).toContain(name)
    // Files of secrets are the reader's own.
    const { DKIM_PRIVATE_KEY_FILE, DKIM_DOMAIN, DKIM_SELECTOR, ...rest } = given
    const reading = readConfig(
      { ...rest, ...(rest.BOUNCE_IMAP_URL || rest.INBOUND_SMTP_PORT ? { BOUNCE_ADDRESS: 'b@example.org' } : {}) },
      root,
    )
    expect(reading.ok ? [] : reading.errors).toEqual([])
  },
)

test('what the docs call a script of npm is one, and names tests that are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((name) => `test/${name}`)
  for (const { path, markdown } of [...pages, readPage('CONTRIBUTING.md')]) {
    for (const [, run, name = '', filter] of markdown.matchAll(/npm (run )?([a-z]+)(?: -- ([\w/-]+))?/g)) {
      if (!run && !['test', 'start'].includes(name)) continue
      expect(Object.keys(scripts), path).toContain(name)
      if (name === 'test' && filter)
        expect(
          tests.some((test) => test.endsWith('.test.ts') && test.includes(filter)),
          `${path}: ${filter}`,
        ).toBe(true)
    }
  }
  expect(existsSync(join(root, 'docker-compose.yml'))).toBe(true)
})
