import { type Fields, isMap, textIn, wordsOf } from './fields.ts'

/** An attachment as the front matter states it. */
export interface StatedEnclosure {
  /** An address, or a file. */
  readonly address: string
  /** Media type, such as `audio/mpeg`. */
  readonly type: string | undefined
  /** In bytes. */
  readonly length: number | undefined
}

/** Far above any real list. */
const maxEnclosures = 100

/** Reads names of files, and maps as feeds have them: `{ url: …, type: audio/mpeg, length: 1234 }`. */
export function readEnclosures(fields: Fields): StatedEnclosure[] {
  const written = fields.all('enclosures').flatMap(({ value }) => (Array.isArray(value) ? value : [value]))
  return written.slice(0, maxEnclosures).flatMap((one): StatedEnclosure[] => {
    if (!isMap(one)) return wordsOf(one).map((address) => ({ address, type: undefined, length: undefined }))
    const address = textIn(one, ['url', 'href', 'src', 'file', 'path'])
    if (!address) return []
    const type = textIn(one, ['type', 'mime type', 'media type'])?.toLowerCase()
    const length = textIn(one, ['length', 'size', 'bytes', 'length in bytes', 'size in bytes'])
    return [
      { address, type: isMediaType(type) ? type : undefined, length: length && /^\d{1,15}$/.test(length) ? Number(length) : undefined },
    ]
  })
}

/** RFC 6838 §4.2, without parameters. */
function isMediaType(type: string | undefined): boolean {
  return type !== undefined && /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/.test(type)
}
