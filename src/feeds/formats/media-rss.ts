import type { EntrySource } from './document.ts'
import { emptyElement } from './xml.ts'

export const mediaNamespace = 'http://search.yahoo.com/mrss/'

/**
 * The hero as media:content and media:thumbnail (Media RSS 1.5.1): not as an enclosure, which readers take for
 * something to play. Type, length and size are those of the file, and left out where it is not ours.
 */
export function heroElements({ hero }: EntrySource): string {
  if (!hero) return ''
  const { url, file } = hero
  const content = { url, type: file?.type, medium: 'image', fileSize: file?.bytes, width: file?.width, height: file?.height }
  return emptyElement('media:content', content) + emptyElement('media:thumbnail', { url, width: file?.width, height: file?.height })
}
