import { authorKey } from '../publication/keys.ts'
import type { Publication } from '../publication/publication.ts'

type Place = Pick<Publication, 'url'>

/** The path that the publication's own addresses begin with: empty, or `/news` where its URL is `https://example.org/news`. */
export function basePath({ url }: Place): string {
  return new URL(url).pathname.replace(/\/+$/, '')
}

/** An address of ours without scheme and host, so that pages work under whatever name they are reached; others as they are. */
export function localHref(publication: Place, address: string): string {
  return address.startsWith(`${publication.url}/`) ? basePath(publication) + address.slice(publication.url.length) : address
}

/** Our own page of an article, which may have another elsewhere. */
export function articlePath(slug: string): string {
  return `/articles/${encodeURIComponent(slug)}`
}

export function topicPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}`
}

export function authorPath(author: string): string {
  return `/authors/${encodeURIComponent(authorKey(author))}`
}
