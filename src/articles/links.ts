import { existsSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Publication } from '../publication/publication.ts'
import { isMarkdown } from './folder.ts'
import { decodePath, mediaUrl } from './media.ts'
import { typeOfName } from './media-types.ts'

/** What the addresses in one article are resolved against. */
export interface LinkBase {
  readonly publication: Publication
  /** The article's file, relative to the articles folder. */
  readonly path: string
  /** Absolute address of its page. */
  readonly url: string
  /** The address of the article in another file, relative to the articles folder, where it is published. */
  addressOf(path: string): string | undefined
}

/** Absolute addresses that a reader may be sent to; any other scheme may run something or lead nowhere. */
const linkSchemes = new Set(['http:', 'https:', 'mailto:', 'tel:'])
const fetchSchemes = new Set(['http:', 'https:'])

/** The absolute address of a link, or `undefined` where it leads nowhere that a reader may be sent to. */
export function resolveLink(href: string, base: LinkBase): string | undefined {
  return resolve(href, base, linkSchemes)
}

/** The absolute address of a picture, recording or film, or `undefined` where there is none to fetch. */
export function resolveSource(src: string, base: LinkBase): string | undefined {
  return resolve(src, base, fetchSchemes)
}

/** The same for an address that stands in front matter, where `images/a.jpg` may also be meant from the content folder. */
export function localFileCandidates(address: string, base: Pick<LinkBase, 'publication' | 'path'>): string[] {
  const { contentFolder, articlesFolder } = base.publication
  const decoded = decodePath(address.replace(/[?#].*$/, '')) ?? address
  const fromRoot = decoded.replace(/^\/(?:media\/)?/, '')
  if (decoded.startsWith('/')) return [join(contentFolder, fromRoot)]
  return [...new Set([join(articlesFolder, dirname(base.path), decoded), join(contentFolder, decoded)])]
}

/** Whether an address names its scheme or host itself. */
export function isAbsolute(address: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(address)
}

/** `address` as URL with one of `schemes`, non-ASCII letters encoded, or `undefined`. `//host` is taken as https. */
export function absoluteUrl(address: string, schemes: ReadonlySet<string> = fetchSchemes): string | undefined {
  const text = address.startsWith('//') ? `https:${address}` : address
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return schemes.has(url.protocol) ? asciiUrl(url) : undefined
}

/** URL leaves some characters alone that RFC 3986 does not allow; feeds are held to it. */
function asciiUrl(url: URL): string {
  return url.href.replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/g, (character) => encodeURIComponent(character.toWellFormed()))
}

function resolve(address: string, base: LinkBase, schemes: ReadonlySet<string>): string | undefined {
  // The characters that browsers ignore inside an address would hide `java\nscript:` from the test below.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  const text = address.replace(/[\u0000-\u001F\u007F]+/g, '').trim()
  if (text === '') return undefined
  if (isAbsolute(text)) return absoluteUrl(text, schemes)
  if (text.startsWith('#')) return joined(base.url, text)
  if (text.startsWith('?')) return joined(base.url, text)
  const [, path = '', suffix = ''] = /^([^?#]*)(.*)$/s.exec(text) ?? []
  return text.startsWith('/') ? resolveFromRoot(path, suffix, base) : resolveFromFile(path, suffix, base)
}

/** `/images/a.jpg` may be a file of the content folder, as in other generators; else it is one of our own pages. */
function resolveFromRoot(path: string, suffix: string, base: LinkBase): string | undefined {
  const { publication } = base
  if (typeOfName(path) && !path.startsWith('/media/')) {
    const file = join(publication.contentFolder, decodePath(path) ?? path)
    const url = mediaUrl(publication, file)
    if (url && existsSync(file)) return joined(url, suffix)
  }
  return joined(publication.url, `${path}${suffix}`)
}

function resolveFromFile(path: string, suffix: string, base: LinkBase): string | undefined {
  const { publication } = base
  const file = join(publication.articlesFolder, dirname(base.path), decodePath(path) ?? path)
  const way = relative(publication.articlesFolder, file).split(sep).join('/')
  // A link to an article that is not published would give its address away.
  if (isMarkdown(file)) return withSuffix(base.addressOf(way), suffix)
  if (typeOfName(file)) return withSuffix(mediaUrl(publication, file), suffix)
  const url = base.addressOf(`${way}.md`) ?? base.addressOf(`${way}/index.md`)
  return url ? withSuffix(url, suffix) : joined(new URL(path, `${base.url}`).href, suffix)
}

function withSuffix(url: string | undefined, suffix: string): string | undefined {
  return url === undefined ? undefined : joined(url, suffix)
}

function joined(url: string, suffix: string): string | undefined {
  return absoluteUrl(`${url}${suffix}`)
}
