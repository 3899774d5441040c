import { authorKey } from '../publication/keys.ts'

/** The address of an author's page, below which that author's feeds are. */
export function authorUrl(publicationUrl: string, author: string): string {
  return `${publicationUrl}/authors/${encodeURIComponent(authorKey(author))}`
}
