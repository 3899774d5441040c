import { escapeAroundEntities } from '../../platform/html/escape.ts'

/** What a shortcode or a component was given: by name, and in order. */
export interface Given {
  readonly named: ReadonlyMap<string, string>
  readonly listed: readonly string[]
}

/** `src="a.png" width=3 "two words"`, with or without commas between. */
export function readGiven(written: string): Given {
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

/** What stands in the place of something that only its generator can show; `undefined` where there is nothing to show. */
export function showEmbed(name: string, given: Given): string | undefined {
  const key = name.toLowerCase().replace(/[-_ ]/g, '')
  const link = playedAt(key, given)
  if (link !== undefined) return `<a href="${quoted(link)}">${quoted(link)}</a>`
  const source =
    given.named.get('src') ??
    named(given, ['url', 'file', 'path', 'image', 'img', 'source', 'href', 'image_path']) ??
    given.listed.find(isFile)
  if (source === undefined || /[{}\n]/.test(source)) return undefined
  if (/audio|mp3|podcast/.test(key) || /\.(?:mp3|m4a|ogg|wav)$/i.test(source)) return `<audio src="${quoted(source)}" controls></audio>`
  if (/video|mp4/.test(key) || /\.(?:mp4|webm|mov|m4v)$/i.test(source)) return `<video src="${quoted(source)}" controls></video>`
  if (/image|img|figure|fig\b|photo|picture|screenshot|pic$|lightbox|gallery|thumb/.test(key) || isPicture(source))
    return pictureOf(source, given)
  return undefined
}

/** The address on its own page of what is played or shown by somebody else. */
function playedAt(key: string, given: Given): string | undefined {
  const stated = named(given, ['url', 'href', 'link', 'src']) ?? given.listed[0]
  const first = named(given, ['id', 'videoid', 'video', 'youtubeid', 'tweetid', 'gistid', 'slughash']) ?? stated
  if (first === undefined) return undefined
  const provider = named(given, ['provider', 'type'])?.toLowerCase() ?? ''
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
  if ((is('tweet') || is('twitter') || key === 'x') && /^\d+$/.test(first)) {
    return `https://twitter.com/${encodeURIComponent(given.named.get('user') ?? 'i')}/status/${first}`
  }
  if (is('tweet') && given.listed[1] !== undefined && /^\d+$/.test(given.listed[1]))
    return `https://twitter.com/${encodeURIComponent(first)}/status/${given.listed[1]}`
  if (is('gist')) {
    const owner = named(given, ['user', 'username', 'owner'])
    const path =
      owner !== undefined
        ? `${owner}/${first}`
        : [first, /^[0-9a-f]+$/i.test(given.listed[1] ?? '') ? given.listed[1] : undefined].filter(Boolean).join('/')
    return /^[\w./-]+$/.test(path) ? `https://gist.github.com/${path}` : undefined
  }
  return undefined
}

/** `https://www.youtube.com/embed/ID` plays where it is embedded; this is where it is watched. */
export function watchAddress(address: string): string {
  const id = /^(?:https?:)?\/\/(?:www\.)?youtube(?:-nocookie)?\.com\/embed\/([\w-]+)/i.exec(address)?.[1]
  if (id !== undefined) return `https://www.youtube.com/watch?v=${id}`
  const film = /^(?:https?:)?\/\/player\.vimeo\.com\/video\/(\d+)/i.exec(address)?.[1]
  return film === undefined ? address : `https://vimeo.com/${film}`
}

function pictureOf(source: string, given: Given): string {
  const words = given.listed.filter((word) => word !== source && !isFile(word) && /\s/.test(word))
  const caption = named(given, ['caption', 'description', 'attr', 'legend']) ?? given.named.get('title')
  const alt = named(given, ['alt', 'alttext']) ?? words[0] ?? caption ?? ''
  const size = ['width', 'height'].map((side) =>
    /^\d+(?:px)?$/.test(given.named.get(side) ?? '') ? ` ${side}="${Number.parseInt(given.named.get(side) ?? '', 10)}"` : '',
  )
  const picture = `<img src="${quoted(source)}" alt="${quoted(alt)}"${size.join('')}>`
  const link = named(given, ['link', 'href'])
  const linked =
    link === undefined || link === source || !/^(?:https?:|\/|\.)/.test(link) ? picture : `<a href="${quoted(link)}">${picture}</a>`
  return caption === undefined || caption === ''
    ? linked
    : `<figure>${linked}<figcaption>${caption.replace(/\s+/g, ' ')}</figcaption></figure>`
}

function named(given: Given, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = given.named.get(name)
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
 * Whether what is shown between `start` and `end` needs an empty line after it: a block of HTML lasts until one, and would
 * take the Markdown of the next line for HTML too.
 */
export function endsBlock(shown: string, text: string, start: number, end: number): boolean {
  if (!/^<(?:figure|img)\b/.test(shown)) return false
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  return before.trim() === '' && /^[ \t]*\r?\n[ \t]*[^\s<]/.test(text.slice(end, end + 1_000))
}

export function quoted(text: string): string {
  return escapeAroundEntities(text).replace(/\s*\n\s*/g, ' ')
}

/** What sets its content apart from the text around it. */
export function isNote(name: string): boolean {
  return /^(?:.*(?:notice|admonition|callout|alert)|note|notes|tip|info|hint|warning|warn|danger|caution|important|success|error|question|aside|sidenote|sidebar|box|panel|bubble|cq|attention|todo|example|abstract|bug|update|disclaimer|message|tldr|spoileralert)$/i.test(
    name.replace(/[-_]/g, ''),
  )
}

export function isDetails(name: string): boolean {
  return /^(?:details|expand|collapse|collapsible|collapsable|spoiler|accordion|foldable|hideToggle|toggle|fold|folding)$/i.test(name)
}

export function isQuote(name: string): boolean {
  return /^(?:block|pull)?quote$|^quotation$|^centerquote$/i.test(name)
}
