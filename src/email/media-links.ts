import { escapeMarkup } from '../platform/html/escape.ts'
import { type Edit, editHtml, type OpenTag, readHtml } from '../platform/html/read.ts'
import type { Words } from '../platform/messages.ts'

/** The links that replace media, which mail programs do not play. */
const labels = { audio: 'email.media.audio', video: 'email.media.video', track: 'email.media.track' } as const
type Kind = keyof typeof labels

/**
 * Replaces audio and video by links to each of their files, with the poster above them. What they hold for old browsers goes, except its
 * links.
 */
export function withMediaLinks(html: string, words: Words): string {
  if (!/<(?:audio|video)\b/i.test(html)) return html
  const edits: Edit[] = []
  let media: Media | undefined
  for (const part of readHtml(html)) {
    if (media === undefined) {
      if (part.kind !== 'open' || (part.tag !== 'audio' && part.tag !== 'video')) continue
      media = { tag: part.tag, start: part.start, links: new Map(), poster: addressIn(part, 'poster'), title: addressIn(part, 'title') }
      add(media, part.tag, addressIn(part, 'src'))
      if (!part.isVoid) continue
    } else if (part.kind === 'open') {
      if (part.tag === 'source') add(media, media.tag, addressIn(part, 'src'))
      if (part.tag === 'track') add(media, 'track', addressIn(part, 'src'))
      if (part.tag === 'a') add(media, media.tag, addressIn(part, 'href'))
      continue
    } else if (part.kind !== 'close' || part.tag !== media.tag) continue
    edits.push({ start: media.start, end: part.end, text: shown(media, words) })
    media = undefined
  }
  return editHtml(html, edits)
}

interface Media {
  readonly tag: Kind
  readonly start: number
  /** Address → what is there. */
  readonly links: Map<string, Kind>
  readonly poster: string
  readonly title: string
}

function addressIn({ attributes }: OpenTag, name: string): string {
  return attributes.get(name)?.value ?? ''
}

function add(media: Media, kind: Kind, address: string): void {
  if (address !== '' && !media.links.has(address)) media.links.set(address, kind)
}

function shown({ links, poster, title }: Media, words: Words): string {
  const picture = poster === '' ? '' : `<img src="${escapeMarkup(poster)}" alt="">`
  const lines = [...links].map(([address, kind]) => {
    const name = escapeMarkup(words(labels[kind], { name: title.trim() || fileNameOf(address) }))
    return `<a href="${escapeMarkup(address)}" class="media">${name}</a>`
  })
  return picture + lines.join('<br>')
}

/** The last part of an address, decoded if that is possible. */
export function fileNameOf(address: string): string {
  const name = address.replace(/[?#].*$/s, '').replace(/^.*\//s, '')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
