import type { EntrySource } from './document.ts'
import { emptyElement } from './xml.ts'

export const mediaNamespace = 'http://search.yahoo.com/mrss/'

/**
 * The hero as media:content and media:thumbnail (Media RSS 1.5.1). Feed readers would offer an enclosure for playing. Type,
 * length and size are known for our own files only.
 */
export function heroElements({ hero }: EntrySource): string {
  if (!hero) return ''
  const { url, file } = hero
  const content = { url, type: file?.type, medium: 'image', fileSize: file?.bytes, width: file?.width, height: file?.height }
  return emptyElement('media:content', content) + emptyElement('media:thumbnail', { url, width: file?.width, height: file?.height })
}
