import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Token } from 'markdown-it'
import type { Finding } from '../platform/finding.ts'
import { readHtml } from '../platform/html/read.ts'
import { cleanText } from '../platform/text.ts'
import { faultOfAddress } from '../platform/url-rules.ts'
import type { Publication } from '../publication/publication.ts'
import { feedFormats, feedPath, paths, patterns, publicUrl } from '../publication/urls.ts'
import type { Article, Snapshot } from './article.ts'
import { dialectsOf, isMdx, type NormaliseContext } from './dialects/body-context.ts'
import { normaliseBody } from './dialects/normalise-body.ts'
import { resolveMedia } from './files/media.ts'
import { splitFrontMatter } from './front-matter/split-front-matter.ts'
import { pathOfNamedFile } from './links/file-names.ts'
import { isAbsolute, type LinkBase, resolveLink, resolveSource } from './links/resolve-link.ts'
import { maxNesting } from './markdown/allowed-html.ts'
import { markdownParser } from './markdown/markdown-parser.ts'
import { openingParagraph } from './markdown/plain-text.ts'

/** Larger pictures take seconds to load on a phone. */
const heavyBytes = 1_000_000

/** What the checks need of a snapshot. */
export type SnapshotToLint = Pick<Snapshot, 'articles' | 'inMail' | 'bySlug' | 'mailOnly' | 'addressOf' | 'dialects'>

/**
 * Reports what readers would notice: pictures that are too large or have no alt text, broken links, missing text.
 * The articles are published anyway.
 */
export async function lintArticles(
  publication: Publication,
  snapshot: SnapshotToLint,
  articles: readonly Article[] = [...snapshot.bySlug.values(), ...snapshot.mailOnly],
): Promise<Finding[]> {
  const found = await Promise.all(articles.map((article) => lintArticle(publication, snapshot, article)))
  return found.flat()
}

/** File and line of the first of `fields` that the front matter contains; line 1 if none. */
export async function placeOfField(
  { articlesFolder }: Publication,
  { path }: Article,
  ...fields: readonly string[]
): Promise<{ readonly file: string; readonly line: number }> {
  const file = join(articlesFolder, path)
  const split = splitFrontMatter(await readFile(file, 'utf8').catch(() => ''))
  const lines = split.status === 'refused' ? undefined : split.frontMatter.lines
  return { file, line: fields.map((field) => lines?.get(field)).find((line) => line !== undefined) ?? 1 }
}

async function lintArticle(
  publication: Publication,
  { bySlug, addressOf, dialects }: SnapshotToLint,
  article: Article,
): Promise<Finding[]> {
  const file = join(publication.articlesFolder, article.path)
  // The file was removed or broken since it was published, so findings would have no place.
  const split = splitFrontMatter(await readFile(file, 'utf8').catch(() => ''))
  if (split.status === 'refused') return []
  const { lines, body } = split.frontMatter
  const context = { path: article.path, dialects: dialectsOf(article.path, new Set(dialects.keys())), params: new Map<string, string>() }
  const findings: Finding[] = []
  const report = (severity: Finding['severity'], field: string | undefined, line: number | undefined, reason: string) =>
    findings.push({ severity, file, field, line: line ?? 1, reason })
  const inField = (severity: Finding['severity'], field: string, reason: string) => report(severity, field, lines.get(field), reason)

  if (article.description === '' || article.description === (article.subtitle ?? openingParagraph(body, context))) {
    const substitute = article.subtitle ? 'the subtitle' : 'the opening of the text'
    inField('warning', 'description', article.description === '' ? 'is missing' : `is missing: feeds and mail show ${substitute} instead`)
  }
  const { hero, callToAction } = article
  if (hero) {
    if (hero.alt === article.title)
      report('notice', 'hero_alt', lines.get('heroImage'), 'is missing: nothing describes the picture to people who cannot see it')
    const problem = sizeProblem(hero.file?.bytes) ?? (hero.file ? undefined : faultOfAddress(hero.url))
    if (problem) inField('warning', 'heroImage', problem)
  }
  if (callToAction && callToAction.url !== article.url) {
    const problem = faultOfAddress(callToAction.url) ?? (await ownUrlProblem(callToAction.url))
    if (problem && !isOurs(callToAction.url, problem)) inField('warning', 'cta_url', problem)
  }

  const base: LinkBase = {
    publication,
    path: article.path,
    url: article.url,
    slug: article.slug,
    addressOf: (to, kind = 'file') => addressOf(to, kind),
  }
  // The body ends the file, so the lines before it are the difference.
  const above = linesIn(await readFile(file, 'utf8').catch(() => '')) - linesIn(body)
  for (const part of partsOf(body, {
    ...context,
    addressOf: (name) => addressOf(name, 'name'),
    fileNamed: (name) => pathOfNamedFile(publication, article.path, name),
  })) {
    const line = above + part.line
    if (part.kind === 'picture' && part.alt === '') report('warning', 'body', line, `the picture ${named(part.address)} has no alt text`)
    const address = part.kind === 'picture' ? resolveSource(part.address, base) : resolveLink(part.address, base)
    const problem =
      address === undefined
        ? unresolvedProblem(part.address)
        : ((await ownUrlProblem(address)) ?? (await sizeProblemAt(address)) ?? faultOfAddress(address))
    if (problem && !(address && isOurs(address, problem)))
      report('warning', 'body', line, `${part.kind === 'picture' ? 'the picture' : 'the link'} ${named(part.address)} ${problem}`)
  }
  for (const told of structureProblems(
    article.title,
    normaliseBody(cleanText(body), { ...context, addressOf: () => undefined }),
    article.path,
  )) {
    report('notice', 'body', above + 1, told)
  }
  return few(findings)

  /** An unsuitable publication URL is reported once, for the publication. */
  function isOurs(address: string, problem: string): boolean {
    return address.startsWith(`${publication.url}/`) && problem === faultOfAddress(address)
  }

  /** Why an address below the publication's URL leads to nothing. */
  async function ownUrlProblem(address: string): Promise<string | undefined> {
    if (!address.startsWith(`${publication.url}/`)) return undefined
    const path = new URL(address).pathname.slice(new URL(publication.url).pathname.replace(/\/$/, '').length)
    const [, first = '', name = ''] = path.split('/')
    if (first === firstSegment(patterns.media))
      return (await resolveMedia(publication, path)) ? undefined : 'is broken: there is no such file in the content folder'
    if (first === firstSegment(patterns.article))
      return bySlug.has(decode(name)) ? undefined : 'is broken: no published article has this address'
    return ownPages.has(first) ? undefined : 'is broken: there is no such page'
  }

  async function sizeProblemAt(address: string): Promise<string | undefined> {
    if (!address.startsWith(publicUrl(publication, paths.media('')))) return undefined
    const media = await resolveMedia(
      publication,
      new URL(address).pathname.slice(new URL(publication.url).pathname.replace(/\/$/, '').length),
    )
    return media?.type.startsWith('image/') ? sizeProblem(media.bytes) : undefined
  }
}

/** For one file. Further findings are counted. */
const maxFindings = 50

function few(findings: readonly Finding[]): Finding[] {
  const [last] = findings.slice(maxFindings)
  if (!last) return [...findings]
  return [
    ...findings.slice(0, maxFindings),
    { ...last, field: undefined, reason: `and ${findings.length - maxFindings} more findings in this file` },
  ]
}

/** First path segments of pages other than articles and files. */
const ownPages = new Set(
  [
    paths.home,
    patterns.topic,
    patterns.author,
    paths.issues,
    paths.subscribe,
    paths.privacy,
    ...feedFormats.flatMap((format) => [undefined, '2026-10'].map((archive) => feedPath({ format, scope: { kind: 'all' }, archive }))),
    paths.subscriptionList,
    paths.sitemap,
  ].map(firstSegment),
)

function firstSegment(path: string): string {
  return path.split('/')[1] ?? ''
}

function sizeProblem(bytes: number | undefined): string | undefined {
  return bytes !== undefined && bytes > heavyBytes
    ? `is ${(bytes / 1e6).toFixed(1)} MB: pictures over 1 MB load slowly on phones`
    : undefined
}

function unresolvedProblem(address: string): string {
  if (isAbsolute(address)) return 'is broken: the address is invalid or its scheme is not allowed'
  return /\.md(?:[?#]|$)/.test(address) ? 'is broken: no published article is in that file' : 'is broken: it leads to nothing'
}

interface Part {
  readonly kind: 'picture' | 'link'
  readonly address: string
  readonly alt: string
  /** 1-based in the body. */
  readonly line: number
}

/** Pictures and links that the page shows, from the same tokens, also those of shortcodes. */
function partsOf(body: string, context: NormaliseContext): Part[] {
  const parts: Omit<Part, 'line'>[] = []
  const read = (tokens: readonly Token[]) => {
    for (const token of tokens) {
      const attribute = (name: string) => String(token.attrGet(name) ?? '')
      if (token.type === 'image') parts.push({ kind: 'picture', address: attribute('src'), alt: token.content.trim() })
      else if (token.type === 'link_open') parts.push({ kind: 'link', address: attribute('href'), alt: '' })
      else if (token.type === 'html_block' || token.type === 'html_inline') parts.push(...partsOfHtml(token.content))
      if (token.children && token.type !== 'image') read(token.children)
    }
  }
  read(markdownParser(isMdx(context.path)).parse(normaliseBody(cleanText(body), context), {}))
  return withLines(body, parts)
}

/** Finds the line of each address. Dialects move lines, so each address is looked for in the text as written, from the last one on. */
function withLines(body: string, parts: readonly Omit<Part, 'line'>[]): Part[] {
  const missing = new Set<string>()
  let at = 0
  let line = 1
  return parts.map((part) => {
    const { address } = part
    const found = address === '' || missing.has(address) ? -1 : body.indexOf(address, at)
    if (found < 0) missing.add(address)
    else {
      line += linesIn(body.slice(at, found))
      at = found
    }
    return { ...part, line }
  })
}

function partsOfHtml(html: string): Omit<Part, 'line'>[] {
  return readHtml(html).flatMap((part): Omit<Part, 'line'>[] => {
    if (part.kind !== 'open' || (part.tag !== 'img' && part.tag !== 'a')) return []
    const read = (name: string) => part.attributes.get(name)?.value ?? ''
    const isPicture = part.tag === 'img'
    const address = read(isPicture ? 'src' : 'href')
    return address === '' ? [] : [{ kind: isPicture ? 'picture' : 'link', address, alt: read('alt').trim() }]
  })
}

/** Half of the nesting that the sanitizer keeps: a list and its item are two elements. */
const maxLevels = maxNesting / 2

/** What the page shows otherwise than it is written. */
function structureProblems(title: string, body: string, path: string): string[] {
  const tokens = markdownParser(isMdx(path)).parse(body, {})
  const told: string[] = []
  const headings = tokens.filter(({ type, tag }) => type === 'heading_open' && tag === 'h1').length
  const first = tokens.findIndex(({ type }) => type === 'heading_open')
  // A first heading that is the title is left out of the body.
  const isTitle = tokens[first]?.tag === 'h1' && tokens[first + 1]?.content.trim() === title
  if (headings > (isTitle ? 1 : 0))
    told.push('has headings of level 1: all headings are shown one level lower, below the title of the page')
  if (tokens.some(({ level }) => level >= maxNesting - 2))
    told.push(`is nested deeper than ${maxLevels - 1} lists or quotes: what is deeper is shown as text`)
  return told
}

function linesIn(text: string): number {
  return text.split(/\r\n|[\r\n]/).length - 1
}

function named(address: string): string {
  return address.length > 80 ? `${address.slice(0, 79)}…` : address
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
