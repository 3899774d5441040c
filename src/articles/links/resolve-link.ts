import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { encodeForUri } from '../../platform/uri.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths } from '../../publication/urls.ts'
import { isMarkdown, withoutExtension } from '../files/file-name.ts'
import { decodePath, mediaUrl } from '../files/media.ts'
import { typeOfName } from '../files/media-types.ts'
import type { LinkKind } from './link-kind.ts'

/** Context to resolve the addresses in one article. */
export interface LinkBase {
  readonly publication: Publication
  /** The article's file, relative to the articles folder. */
  readonly path: string
  /** Absolute address of its page. */
  readonly url: string
  /** Makes the ids of its footnotes unique. */
  readonly slug: string
  /** The address of another published article. `kind` defaults to `file`. */
  addressOf(to: string, kind?: LinkKind): string | undefined
}

/** Schemes that are safe in links. Others may run code. */
const linkSchemes = new Set(['http:', 'https:', 'mailto:', 'tel:'])
const fetchSchemes = new Set(['http:', 'https:'])

/** The absolute address of a link, or `undefined` if it is invalid or its scheme is not allowed. */
export function resolveLink(href: string, base: LinkBase): string | undefined {
  return resolve(href, base, linkSchemes)
}

/** The absolute address of a picture, audio or video, or `undefined` if it is not an http or https address. */
export function resolveSource(src: string, base: LinkBase): string | undefined {
  return resolve(src, base, fetchSchemes)
}

/** Folders below the content folder whose files generators copy to the root of the site. */
const rootFolders = ['', 'static', 'public', 'assets', 'source', 'src', 'src/assets', 'src/content']

/** Files that an address may mean: below the article's folder, the content folder, or a generator's static folder. */
export function localFileCandidates(address: string, base: Pick<LinkBase, 'publication' | 'path'>): string[] {
  const { contentFolder, articlesFolder } = base.publication
  const decoded = decodePath(address.replace(/[?#].*$/s, '')) ?? address
  const fromRoot = decoded.replace(/^(?:@site\/|@\/|~@?\/)/, '/').replace(/^\/(?:media\/)?/, '')
  const rooted = rootFolders.map((folder) => join(contentFolder, folder, fromRoot))
  if (/^(?:\/|@site\/|@\/|~@?\/)/.test(decoded)) return rooted
  const folder = join(articlesFolder, dirname(base.path))
  // Hexo: a folder with the same name as the file.
  const own = join(folder, basename(withoutExtension(base.path)), decoded)
  return [...new Set([join(folder, decoded), own, ...rooted])]
}

/** Whether an address begins with a scheme or a host. */
export function isAbsolute(address: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(address)
}

/** `address` as an ASCII URL with one of `schemes`, or `undefined`. `//host` becomes https. */
export function absoluteUrl(address: string, schemes: ReadonlySet<string> = fetchSchemes): string | undefined {
  const text = address.startsWith('//') ? `https:${address}` : address
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return schemes.has(url.protocol) ? encodeForUri(url.href) : undefined
}

/** The site of the blog's pages, for links to pages that this publication does not serve. */
function siteUrl({ url, articles }: Pick<Publication, 'url' | 'articles'>): string {
  return articles.links === undefined ? url : new URL(articles.links.replace(/\{.*$/s, '')).origin
}

function resolve(address: string, base: LinkBase, schemes: ReadonlySet<string>): string | undefined {
  // Browsers ignore these characters, so `java\nscript:` would pass the check below.
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

/** Resolves `/images/a.jpg` to a file, `/2021/02/03/name/` to an article, and anything else to a page of the site. */
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
  const relativePath = relative(publication.articlesFolder, file).split(sep).join('/')
  // A link to an unpublished article would reveal its address.
  if (isMarkdown(file)) return withSuffix(base.addressOf(relativePath) ?? base.addressOf(path, 'name'), suffix)
  if (typeOfName(file)) {
    const found = findMedia(path, base)
    if (!found && publication.articles.links !== undefined) return joined(new URL(path, base.url).href, suffix)
    return withSuffix(mediaUrl(publication, found ?? file), suffix)
  }
  const url =
    base.addressOf(`${relativePath}.md`) ??
    base.addressOf(`${relativePath}/index.md`) ??
    (/^(?:\.{1,2}\/)+[^/]+\/?$/.test(path) ? base.addressOf(path, 'name') : undefined)
  return url ? withSuffix(url, suffix) : joined(new URL(path, `${base.url}`).href, suffix)
}

function withSuffix(url: string | undefined, suffix: string): string | undefined {
  return url === undefined ? undefined : joined(url, suffix)
}

function joined(url: string, suffix: string): string | undefined {
  return absoluteUrl(`${url}${suffix}`)
}
