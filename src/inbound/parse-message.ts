import PostalMime, { type Attachment, type Email } from 'postal-mime'
import type { Part } from './mime.ts'

/** Enough for real reports: a report holds our message, which may hold another. */
const maxMessageDepth = 4
/** Nested multiparts of one message. */
const maxMultipartDepth = 10
const maxHeaderBytes = 256 * 1024
/** Fields of one message. A mail loop has a little more than a hundred. */
const maxFields = 500
/** A boundary for each part that is read. */
const maxParts = 200
/** Characters of one body. A diagnosis stands at the beginning. */
const maxBodyLength = 100_000

/**
 * Parses a message (RFC 5322, RFC 2045, RFC 2046). Rejects one that is nested deeper or has more parts or fields than any report.
 * Runs in the child process, because a parser may take long or much memory for a hostile message.
 */
export async function parseMessage(source: Uint8Array): Promise<Part> {
  return parseWithin(source, 0)
}

async function parseWithin(source: Uint8Array, depth: number): Promise<Part> {
  if (countBoundaries(source) > maxParts * 2) throw new Error(`the message has more than ${maxParts} parts`)
  const email = await PostalMime.parse(source, {
    maxNestingDepth: maxMultipartDepth,
    maxHeadersSize: maxHeaderBytes,
    // Messages within are parsed here, with their own headers.
    forceRfc822Attachments: true,
  })
  if (email.headers.length > maxFields) throw new Error(`the message has more than ${maxFields} header fields`)
  const headers = fieldsOf(email)
  const type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(headers.get('content-type')?.[0] ?? '')?.[1]?.toLowerCase() ?? 'text/plain'
  const text = (email.text ?? '').slice(0, maxBodyLength)
  if (email.attachments.length === 0 && !type.startsWith('multipart/')) return { headers, type, body: text, parts: [] }
  const parts: Part[] = text === '' ? [] : [{ headers: new Map(), type: 'text/plain', body: text, parts: [] }]
  for (const attachment of email.attachments) parts.push(await partOf(attachment, depth))
  return { headers, type, body: '', parts }
}

async function partOf({ mimeType, content }: Attachment, depth: number): Promise<Part> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
  if ((mimeType === 'message/rfc822' || mimeType === 'message/global') && depth < maxMessageDepth) {
    return { headers: new Map(), type: mimeType, body: '', parts: [await parseWithin(bytes, depth + 1)] }
  }
  return { headers: new Map(), type: mimeType, body: Buffer.from(bytes).toString('utf8', 0, maxBodyLength), parts: [] }
}

function fieldsOf({ headers }: Email): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const { key, value } of headers) {
    const values = fields.get(key)
    if (values) values.push(value)
    else fields.set(key, [value])
  }
  return fields
}

/** Lines that begin with two hyphens: at least one for each part. Counted before the parser builds a tree of them. */
function countBoundaries(source: Uint8Array): number {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  let count = 0
  for (let at = bytes.indexOf('\n--'); at !== -1 && count <= maxParts * 2; at = bytes.indexOf('\n--', at + 1)) count++
  return count
}
