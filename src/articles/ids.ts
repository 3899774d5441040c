import { v5 as uuid } from 'uuid'

/** The id of a file that states none: the same for every process that meets it under the same publication URL. */
export function mintId(publicationUrl: string, path: string): string {
  return `urn:uuid:${uuid(`${publicationUrl}/${path}`, uuid.URL)}`
}

/** RFC 4151 wants a date of the host's ownership. A fixed one keeps a lost store from minting other ids next year. */
const tagDate = '2026'

/** An id of the front matter as a URI: itself where it is one, else a `tag:` URI of the host of `origin` (RFC 4151). */
export function statedUri(id: string, origin: string): string {
  const isUri = /^[a-z][a-z0-9+.-]*:[^\s:]/i.test(id) && !/\s/.test(id) && URL.canParse(id)
  return isUri ? encodeForUri(id) : `tag:${new URL(origin).hostname},${tagDate}:${encodeForUri(id.replace(/[#%[\]]/g, encodeURIComponent))}`
}

/** Percent-encodes what RFC 3986 allows nowhere in a URI. */
function encodeForUri(text: string): string {
  return text.replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/gu, (character) => encodeURIComponent(character))
}
