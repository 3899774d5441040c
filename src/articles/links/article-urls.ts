import { dayIn } from '../../platform/time-zones.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { withoutExtension } from '../files/file-name.ts'
import { type Fields, textOf } from '../front-matter/fields.ts'
import type { ParsedArticle } from '../parsed-article.ts'
import { absoluteUrl } from './resolve-link.ts'

/** The address that feeds, pages and mail link to. */
export function articleUrl(parsed: ParsedArticle, slug: string, publication: Publication): string {
  const page = ourPage(publication, slug)
  const template = publication.articles.links
  return template === undefined ? page : (addressFrom(template, factsOf(parsed, slug, publication)) ?? page)
}

/** The id that an article had in the former blog's feed. Undefined unless `articles.ids` is set. */
export function takenOverId(parsed: ParsedArticle, publication: Publication): string | undefined {
  const { ids, links } = publication.articles
  if (ids === undefined) return undefined
  if (ids === 'permalink' || ids.includes('{')) {
    const template = ids === 'permalink' ? (links ?? `${publication.url}/{path}/`) : ids
    return addressFrom(template, factsOf(parsed, parsed.slug, publication))
  }
  return parsed.takenOverKey
}

function factsOf({ publishedAt, path, permalink }: ParsedArticle, slug: string, { timezone }: Publication): AddressFacts {
  return { publishedAt, timezone, slug, path, permalink }
}

/** Address of the article's page in this publication. */
export function ourPage(publication: Pick<Publication, 'url'>, slug: string): string {
  return publicUrl(publication, paths.article(slug))
}

/** Values for the placeholders of a template. */
export interface AddressFacts {
  readonly publishedAt: Date
  readonly timezone: string
  readonly slug: string
  /** The file, relative to the articles folder. */
  readonly path: string
  /** From the front matter. Replaces the path of the template. */
  readonly permalink: string | undefined
}

/** Fills a template such as `https://blog.example.org/{year}/{month}/{slug}/`. */
function addressFrom(template: string, facts: AddressFacts): string | undefined {
  const [year = '', month = '', day = ''] = dayIn(facts.timezone, facts.publishedAt).split('-')
  const file = withoutExtension(facts.path).replace(/(?:^|\/)(?:index|readme)$/i, '')
  const words: Readonly<Record<string, string>> = { year, month, day, slug: encodePath(facts.slug), path: encodePath(file) }
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '')
  if (facts.permalink === undefined) return absoluteUrl(filled)
  const stated = facts.permalink.replace(/:(year|month|day|title|slug)\b/g, (_, name: string) => words[name] ?? words.slug ?? '')
  if (stated.includes(':') && !/^https?:\/\//i.test(stated)) return absoluteUrl(filled)
  return URL.canParse(stated, filled) ? absoluteUrl(new URL(stated, `${new URL(filled).origin}/`).href) : undefined
}

/** Path or address of the page from the front matter, or `bad` if it is invalid. */
export function permalinkIn(fields: Fields): {
  readonly stated: string | undefined
  readonly bad: { name: string; reason: string } | undefined
} {
  for (const { name, value } of fields.all('permalink')) {
    const text = textOf(value)
    // Eleventy also allows templates and flags here.
    if (!text || /\{\{|\{%|^(?:true|false)$/.test(text)) continue
    const reason = permalinkProblem(text)
    if (reason) return { stated: undefined, bad: { name, reason: `${name} ${reason}` } }
    return { stated: /^https?:\/\//i.test(text) ? text : `/${text.replace(/^\/+/, '')}`, bad: undefined }
  }
  return { stated: undefined, bad: undefined }
}

function permalinkProblem(text: string): string | undefined {
  if (text.length > 1000) return 'is longer than 1,000 characters'
  if (/^[a-z][a-z0-9+.-]*:(?!\/\/)/i.test(text) || (/^[a-z]+:/i.test(text) && !/^https?:/i.test(text))) return 'is not the path of a page'
  const decoded = text.replace(/%2e/gi, '.')
  return decoded.split(/[/\\]/).includes('..') ? 'must not contain ".."' : undefined
}

/** Normalises a path for comparison: decoded, lowercase, without extension, `index` and outer slashes. */
export function sitePath(address: string): string {
  const path = address.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '')
  return `/${withoutExtension(decodePath(path))
    .toLowerCase()
    .replace(/\.html?$/, '')
    .replace(/\/index$/, '')
    .replace(/^\/+|\/+$/g, '')}`
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return path
    throw error
  }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
