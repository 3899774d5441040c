import { validate as isUuid, v5 as uuid } from 'uuid'
import { encodeForUri } from '../platform/uri.ts'

/** The id of a file that states none. Deterministic: depends only on the publication URL and the path. */
export function mintId(publicationUrl: string, path: string): string {
  return `urn:uuid:${uuid(`${publicationUrl}/${path}`, uuid.URL)}`
}

/** Date of host ownership (RFC 4151). Fixed, so that a rebuilt database mints the same ids in later years. */
const tagDate = '2026'

/** A front-matter id as a URI: unchanged if it looks like one, else a `tag:` URI on the host of `origin` (RFC 4151). */
export function statedUri(id: string, origin: string): string {
  const isUri = /^[a-z][a-z0-9+.-]*:[^\s:]/i.test(id) && !/\s/.test(id) && URL.canParse(id)
  return isUri ? encodeLoosely(id) : tagUri(encodeLoosely(id.replace(/[#%[\]]/g, encodeURIComponent)), origin)
}

/**
 * The id for feeds. Digests remember which ids they have carried, so the id itself stays as it is. Where it is not a valid URI, feeds show
 * it with encoded brackets, or as a `tag:` URI.
 */
export function feedUri(id: string, origin: string): string {
  const encoded = encodeForUri(id)
  return isValid(encoded) ? encoded : tagUri(encoded.replaceAll('#', '%23'), origin)
}

function tagUri(specific: string, origin: string): string {
  const { hostname } = new URL(origin)
  // The authority of a tag is a domain name (RFC 4151 §2.1), which an IPv6 address is not.
  return `tag:${hostname.startsWith('[') ? 'localhost' : hostname},${tagDate}:${specific}`
}

/** Authority, date and the rest (RFC 4151 §2.1). */
const tag =
  /^tag:(?:[\w.-]+@)?[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?:/i
/** Namespace and name (RFC 8141 §2). */
const urn = /^urn:(?!urn:)[a-z\d][a-z\d-]{0,30}[a-z\d]:[^/?#]/i

/** Whether a URI with only allowed characters keeps the rules of its scheme. */
function isValid(uri: string): boolean {
  if (/^tag:/i.test(uri)) return tag.test(uri)
  if (/^urn:uuid:/i.test(uri)) return isUuid(uri.slice('urn:uuid:'.length).replace(/[?#].*$/, ''))
  if (/^urn:/i.test(uri)) return urn.test(uri)
  if (/^https?:/i.test(uri)) return /^https?:\/\/[^/?#]/i.test(uri) && URL.canParse(uri)
  return /^[a-z][a-z\d+.-]*:./i.test(uri)
}

/** Percent-encodes what no URI contains. Leaves `%`, `#` and brackets alone, as ids that are stored already have been made. */
function encodeLoosely(text: string): string {
  return text.replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/gu, (character) => encodeURIComponent(character.toWellFormed()))
}
