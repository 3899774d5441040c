import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Publication } from '../../publication/publication.ts'
import { paths } from '../../publication/urls.ts'
import { isMarkdown, withoutExtension } from '../files/file-name.ts'
import { decodePath, mediaUrl } from '../files/media.ts'
import { typeOfName } from '../files/media-types.ts'
import type { LinkKind } from './link-kind.ts'

/** What the addresses in one article are resolved against. */
export interface LinkBase {
  readonly publication: Publication
  /** The article's file, relative to the articles folder. */
  readonly path: string
  /** Absolute address of its page. */
  readonly url: string
  /** Tells its notes from those of others. */
  readonly slug: string
  /** The address of another article, where it is published; by its file where nothing is said. */
  addressOf(to: string, kind?: LinkKind): string | undefined
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

/** Where generators keep what they copy to the root of the site, below the content folder. */
const rootFolders = ['', 'static', 'public', 'assets', 'source', 'src', 'src/assets', 'src/content']

/** The files that an address in front matter may mean: below its own folder, below the content folder, below those of a generator. */
export function localFileCandidates(address: string, base: Pick<LinkBase, 'publication' | 'path'>): string[] {
  const { contentFolder, articlesFolder } = base.publication
  const decoded = decodePath(address.replace(/[?#].*$/s, '')) ?? address
  const fromRoot = decoded.replace(/^(?:@site\/|@\/|~@?\/)/, '/').replace(/^\/(?:media\/)?/, '')
  const rooted = rootFolders.map((folder) => join(contentFolder, folder, fromRoot))
  if (/^(?:\/|@site\/|@\/|~@?\/)/.test(decoded)) return rooted
  const folder = join(articlesFolder, dirname(base.path))
  // Hexo's folder of the same name as the file.
  const own = join(folder, basename(withoutExtension(base.path)), decoded)
  return [...new Set([join(folder, decoded), own, ...rooted])]
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

/** Where the pages of the blog live: what is not ours is looked for there. */
function siteUrl({ url, articles }: Pick<Publication, 'url' | 'articles'>): string {
  return articles.links === undefined ? url : new URL(articles.links.replace(/\{.*$/s, '')).origin
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
  const aliased = /^(?:@site(?:\/static)?|@|~@?)(?=\/)/.exec(path)
  if (aliased) return resolveFromRoot(path.slice(aliased[0].length), suffix, base)
  return path.startsWith('/') ? resolveFromRoot(path, suffix, base) : resolveFromFile(path, suffix, base)
}

/** `/images/a.jpg` may be a file of the content folder, as in other generators; `/2021/02/03/name/` an article; else it is a page of the site. */
function resolveFromRoot(path: string, suffix: string, base: LinkBase): string | undefined {
  const { publication } = base
  if (isMarkdown(path)) return withSuffix(base.addressOf(path, 'name'), suffix)
  if (typeOfName(path) && !path.startsWith(paths.media(''))) {
    const file = findMedia(path, base)
    const url = file && mediaUrl(publication, file)
    if (url) return joined(url, suffix)
  } else if (path !== '/') {
    const url = base.addressOf(path, 'page')
    if (url) return joined(url, suffix)
  }
  return joined(siteUrl(publication), `${path}${suffix}`)
}

function findMedia(path: string, base: LinkBase): string | undefined {
  return localFileCandidates(path, base).find((file) => existsSync(file))
}

function resolveFromFile(path: string, suffix: string, base: LinkBase): string | undefined {
  const { publication } = base
  const file = join(publication.articlesFolder, dirname(base.path), decodePath(path) ?? path)
  const way = relative(publication.articlesFolder, file).split(sep).join('/')
  // A link to an article that is not published would give its address away.
  if (isMarkdown(file)) return withSuffix(base.addressOf(way) ?? base.addressOf(path, 'name'), suffix)
  if (typeOfName(file)) {
    const found = findMedia(path, base)
    if (!found && publication.articles.links !== undefined) return joined(new URL(path, base.url).href, suffix)
    return withSuffix(mediaUrl(publication, found ?? file), suffix)
  }
  const url =
    base.addressOf(`${way}.md`) ??
    base.addressOf(`${way}/index.md`) ??
    (/^(?:\.{1,2}\/)+[^/]+\/?$/.test(path) ? base.addressOf(path, 'name') : undefined)
  return url ? withSuffix(url, suffix) : joined(new URL(path, `${base.url}`).href, suffix)
}

function withSuffix(url: string | undefined, suffix: string): string | undefined {
  return url === undefined ? undefined : joined(url, suffix)
}

function joined(url: string, suffix: string): string | undefined {
  return absoluteUrl(`${url}${suffix}`)
}
