import { escapeAroundEntities } from '../../platform/html/escape.ts'
import { lineBefore } from './line-before.ts'

/** Arguments of a shortcode or component. `named` keys are lowercase. */
export interface Arguments {
  readonly named: ReadonlyMap<string, string>
  readonly listed: readonly string[]
}

/** Parses `src="a.png" width=3 "two words"`, with or without commas. */
export function parseArguments(written: string): Arguments {
  const named = new Map<string, string>()
  const listed: string[] = []
  const part = /(?:([\w:-]+)\s*[=:]\s*)?(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|`([^`]*)`|([^\s,"'`]+))/g
  for (const [, name, double, single, tick, bare] of written.matchAll(part)) {
    const value = (double ?? single)?.replace(/\\(["'\\])/g, '$1') ?? tick ?? bare ?? ''
    if (name === undefined || /^\/\//.test(value)) listed.push(name === undefined ? value : `${name}:${value}`)
    else if (!named.has(name.toLowerCase())) named.set(name.toLowerCase(), value)
  }
  return { named, listed }
}

/** HTML to replace a shortcode or component by its name, or `undefined` if there is nothing to show. */
export function showEmbed(name: string, args: Arguments): string | undefined {
  const key = name.toLowerCase().replace(/[-_ ]/g, '')
  const link = providerPage(key, args)
  if (link !== undefined) return `<a href="${quoted(link)}">${quoted(link)}</a>`
  const source =
    args.named.get('src') ??
    named(args, ['url', 'file', 'path', 'image', 'img', 'source', 'href', 'image_path']) ??
    args.listed.find(isFile)
  if (source === undefined || /[{}\n]/.test(source)) return undefined
  if (/audio|mp3|podcast/.test(key) || /\.(?:mp3|m4a|ogg|wav)$/i.test(source)) return `<audio src="${quoted(source)}" controls></audio>`
  if (/video|mp4/.test(key) || /\.(?:mp4|webm|mov|m4v)$/i.test(source)) return `<video src="${quoted(source)}" controls></video>`
  if (/image|img|figure|fig\b|photo|picture|screenshot|pic$|lightbox|gallery|thumb/.test(key) || isPicture(source))
    return pictureOf(source, args)
  return undefined
}

/** Components that load something and show nothing. */
const shownAsNothing = /script|style|head|meta|seo|provider|analytics|jsonld|preload/i

/**
 * HTML for the addresses in the arguments of an unknown shortcode or component, so that none is lost: pictures as pictures, the rest as
 * links. Undefined if there is none.
 */
export function showAddresses(args: Arguments, name = ''): string | undefined {
  if (shownAsNothing.test(name)) return undefined
  const named = [...args.named].filter(([key, value]) => isAddressed(key, value)).map(([, value]) => value)
  const addresses = [...new Set([...named, ...args.listed.filter((word) => isFile(word) || /^https?:\/\//i.test(word))])].slice(0, 20)
  const words = ['label', 'title', 'text', 'name', 'alt', 'caption'].map((key) => args.named.get(key)).find((one) => one)
  const shown = addresses.map((address) =>
    isPicture(address)
      ? `<img src="${quoted(address)}" alt="${quoted(args.named.get('alt') ?? words ?? '')}">`
      : `<a href="${quoted(watchAddress(address))}">${quoted(words ?? watchAddress(address))}</a>`,
  )
  return shown.length > 0 ? shown.join(' ') : undefined
}

function isAddressed(key: string, value: string): boolean {
  if (/[{}\n]|\s/.test(value) || /^xmlns/.test(key)) return false
  if (/^https?:\/\/./i.test(value) || isFile(value)) return true
  return /^(?:href|url|link|to|src|source|image|img|poster|cover|thumbnail)$/.test(key) && /^(?:\/|\.{1,2}\/|mailto:|#)./.test(value)
}

/** The address of embedded content (a video, a post, a gist) on its provider's site. */
function providerPage(key: string, args: Arguments): string | undefined {
  const stated = named(args, ['url', 'href', 'link', 'src']) ?? args.listed[0]
  const first = named(args, ['id', 'videoid', 'video', 'youtubeid', 'tweetid', 'gistid', 'slughash']) ?? stated
  if (first === undefined) return undefined
  const provider = named(args, ['provider', 'type'])?.toLowerCase() ?? ''
  const is = (word: string) => key.includes(word) || provider === word
  const isWord = /^[\w-]+$/.test(first)
  if (/^https?:\/\//i.test(first)) {
    const isShown =
      /youtube|vimeo|tweet|twitter|gist|codepen|instagram|embed|bilibili|spotify|soundcloud|iframe|oembed|linkcard|bookmark|github/.test(
        key,
      )
    return isShown ? watchAddress(first) : undefined
  }
  if (is('youtube') && isWord) return `https://www.youtube.com/watch?v=${first}`
  if (is('vimeo') && isWord) return `https://vimeo.com/${first}`
  if (is('bilibili') && isWord) return `https://www.bilibili.com/video/${first}`
  if (is('instagram') && isWord) return `https://www.instagram.com/p/${first}/`
  if ((is('tweet') || is('twitter') || key === 'x' || key === 'xsimple') && /^\d+$/.test(first)) {
    return `https://twitter.com/${encodeURIComponent(args.named.get('user') ?? 'i')}/status/${first}`
  }
  if (is('tweet') && args.listed[1] !== undefined && /^\d+$/.test(args.listed[1]))
    return `https://twitter.com/${encodeURIComponent(first)}/status/${args.listed[1]}`
  if (is('gist')) {
    const owner = named(args, ['user', 'username', 'owner'])
    const path =
      owner !== undefined
        ? `${owner}/${first}`
        : [first, /^[0-9a-f]+$/i.test(args.listed[1] ?? '') ? args.listed[1] : undefined].filter(Boolean).join('/')
    return /^[\w./-]+$/.test(path) ? `https://gist.github.com/${path}` : undefined
  }
  return undefined
}

/** Turns an embed address such as `https://www.youtube.com/embed/ID` into the address of the video's page. */
export function watchAddress(address: string): string {
  const id = /^(?:https?:)?\/\/(?:www\.)?youtube(?:-nocookie)?\.com\/embed\/([\w-]+)/i.exec(address)?.[1]
  if (id !== undefined) return `https://www.youtube.com/watch?v=${id}`
  const videoId = /^(?:https?:)?\/\/player\.vimeo\.com\/video\/(\d+)/i.exec(address)?.[1]
  return videoId === undefined ? address : `https://vimeo.com/${videoId}`
}

function pictureOf(source: string, args: Arguments): string {
  const words = args.listed.filter((word) => word !== source && !isFile(word) && /\s/.test(word))
  const stated = named(args, ['caption', 'description', 'legend']) ?? args.named.get('title')
  // Hugo's figure names the author of the picture beside the caption.
  const [by, page] = [args.named.get('attr'), args.named.get('attrlink')]
  const credit = page === undefined ? by : `<a href="${quoted(page)}">${by ?? quoted(page)}</a>`
  const caption = [stated, credit].filter(Boolean).join(' ') || undefined
  const alt = named(args, ['alt', 'alttext']) ?? words[0] ?? stated ?? by ?? ''
  const size = ['width', 'height'].map((side) =>
    /^\d+(?:px)?$/.test(args.named.get(side) ?? '') ? ` ${side}="${Number.parseInt(args.named.get(side) ?? '', 10)}"` : '',
  )
  const picture = `<img src="${quoted(source)}" alt="${quoted(alt)}"${size.join('')}>`
  const link = named(args, ['link', 'href'])
  const linked =
    link === undefined || link === source || !/^(?:https?:|\/|\.)/.test(link) ? picture : `<a href="${quoted(link)}">${picture}</a>`
  return caption === undefined || caption === ''
    ? linked
    : `<figure>${linked}<figcaption>${caption.replace(/\s+/g, ' ')}</figcaption></figure>`
}

function named(args: Arguments, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = args.named.get(name)
    if (value) return value
  }
  return undefined
}

function isFile(text: string): boolean {
  return /\.(?:jpe?g|png|gif|webp|avif|svg|mp4|webm|mov|m4v|mp3|m4a|ogg|wav)(?:[?#].*)?$/i.test(text)
}

function isPicture(text: string): boolean {
  return /\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#].*)?$/i.test(text)
}

/**
 * Whether `shown`, which replaces `start` to `end`, needs an empty line after it. An HTML block ends at an empty line,
 * so it would swallow Markdown on the next line.
 */
export function endsBlock(shown: string, text: string, start: number, end: number): boolean {
  if (!/^<(?:figure|img)\b/.test(shown)) return false
  return lineBefore(text, start)?.trim() === '' && /^[ \t]*\r?\n[ \t]*[^\s<]/.test(text.slice(end, end + 1_000))
}

export function quoted(text: string): string {
  return escapeAroundEntities(text).replace(/\s*\n\s*/g, ' ')
}

/** Whether a shortcode or component sets its content apart, such as a note or a warning. */
export function isNote(name: string): boolean {
  return /^(?:callout|admonition|alert)[-_]|^(?:callout|admonition|alert)(?=[A-Z])/.test(name) || isNoteWord(name.replace(/[-_]/g, ''))
}

function isNoteWord(word: string): boolean {
  return /^(?:.*(?:notice|admonition|callout|alert)|note|notes|tip|info|hint|warning|warn|danger|caution|important|success|error|question|aside|sidenote|sidebar|box|panel|bubble|cq|attention|todo|example|abstract|bug|update|disclaimer|message|tldr|spoileralert)$/i.test(
    word,
  )
}

export function isDetails(name: string): boolean {
  return /^(?:details|expand|collapse|collapsible|collapsable|spoiler|accordion|foldable|hideToggle|toggle|fold|folding)$/i.test(name)
}

export function isQuote(name: string): boolean {
  return /^(?:block|pull)?quote$|^quotation$|^centerquote$/i.test(name)
}
