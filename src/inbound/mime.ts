/** One part of a message, or the message itself. */
export interface Part {
  /** Lower-case name → all values, unfolded. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** In lower case; `text/plain` by default (RFC 2045 §5.2). */
  readonly type: string
  /** Decoded from its transfer encoding; as Latin-1 unless the charset is UTF-8. */
  readonly body: string
  readonly parts: readonly Part[]
}

/** Enough for real reports; protects against messages built to exhaust a parser. */
const maxDepth = 6
const maxParts = 50

/** Parses a message (RFC 5322, RFC 2045, RFC 2046). Never throws: treats invalid input as text. */
export function readParts(source: Buffer): Part {
  return readPart(source.toString('latin1'), 0, { left: maxParts })
}

function readPart(text: string, depth: number, budget: { left: number }): Part {
  budget.left--
  const { head, body } = cut(text)
  const headers = readHeaders(head)
  const contentType = headers.get('content-type')?.[0] ?? ''
  const type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(contentType)?.[1]?.toLowerCase() ?? 'text/plain'
  const encoding = headers.get('content-transfer-encoding')?.[0]?.trim().toLowerCase() ?? ''
  if (depth < maxDepth && type.startsWith('multipart/')) {
    const boundary = parameterOf(contentType, 'boundary')
    const pieces = boundary ? split(body, boundary).slice(0, Math.max(0, budget.left)) : []
    return { headers, type, body: '', parts: pieces.map((piece) => readPart(piece, depth + 1, budget)) }
  }
  const decoded = decode(body, encoding)
  if (depth < maxDepth && budget.left > 0 && (type === 'message/rfc822' || type === 'message/global')) {
    return { headers, type, body: '', parts: [readPart(decoded, depth + 1, budget)] }
  }
  return { headers, type, body: isUtf8(contentType) ? Buffer.from(decoded, 'latin1').toString('utf8') : decoded, parts: [] }
}

/** The part and all below it, in order, without the content of embedded messages. */
export function ownParts(part: Part): Part[] {
  return [part, ...part.parts.filter(() => !part.type.startsWith('message/')).flatMap(ownParts)]
}

/** The part and all below it, in order. */
export function allParts(part: Part): Part[] {
  return [part, ...part.parts.flatMap(allParts)]
}

/** Parses header fields, from the head of a message or one block of a report. */
export function readHeaders(head: string): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon < 1 || !/^[!-9;-~]+$/.test(name)) continue
    const values = headers.get(name)
    if (values) values.push(line.slice(colon + 1).trim())
    else headers.set(name, [line.slice(colon + 1).trim()])
  }
  return headers
}

function cut(text: string): { head: string; body: string } {
  const found = /^\r?\n|\r?\n\r?\n/.exec(text)
  if (!found) return { head: text, body: '' }
  return { head: text.slice(0, found.index), body: text.slice(found.index + found[0].length) }
}

function split(body: string, boundary: string): string[] {
  const pieces: string[] = []
  let current: string[] | undefined
  for (const line of body.split('\n')) {
    const bare = line.trimEnd()
    if (bare === `--${boundary}--`) break
    if (bare === `--${boundary}`) {
      if (current) pieces.push(current.join('\n'))
      current = []
    } else current?.push(line)
  }
  // Keep the last part of a truncated message.
  if (current) pieces.push(current.join('\n'))
  return pieces
}

function parameterOf(value: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(value)
  return found?.[1] ?? found?.[2]
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('latin1')
  if (encoding !== 'quoted-printable') return body
  return body.replace(/=[ \t]*\r?\n/g, '').replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function isUtf8(contentType: string): boolean {
  return /utf-?8/i.test(parameterOf(contentType, 'charset') ?? '')
}
