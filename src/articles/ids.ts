import { v5 as uuid } from 'uuid'

/** The id of a file that states none. Deterministic: depends only on the publication URL and the path. */
export function mintId(publicationUrl: string, path: string): string {
  return `urn:uuid:${uuid(`${publicationUrl}/${path}`, uuid.URL)}`
}

/** Date of host ownership (RFC 4151). Fixed, so that a rebuilt database mints the same ids in later years. */
const tagDate = '2026'

/** A front-matter id as a URI: unchanged if it is one, else a `tag:` URI on the host of `origin` (RFC 4151). */
export function statedUri(id: string, origin: string): string {
  const isUri = /^[a-z][a-z0-9+.-]*:[^\s:]/i.test(id) && !/\s/.test(id) && URL.canParse(id)
  return isUri ? encodeForUri(id) : `tag:${new URL(origin).hostname},${tagDate}:${encodeForUri(id.replace(/[#%[\]]/g, encodeURIComponent))}`
}

/** Percent-encodes characters that RFC 3986 never allows in a URI. */
function encodeForUri(text: string): string {
  return text.replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/gu, (character) => encodeURIComponent(character))
}
