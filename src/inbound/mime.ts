/** One part of a message, or the message itself. */
export interface Part {
  /** By name in small letters; a field that comes often has all its values. Folded lines are one. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** In small letters: `text/plain` where nothing is said (RFC 2045 §5.2). */
  readonly type: string
  /** Decoded from its transfer encoding; bytes as Latin-1 where no charset is known. */
  readonly body: string
  readonly parts: readonly Part[]
}

/** What reports need of a message; deeper or wider is built to wear a parser out. */
const maxDepth = 6
const maxParts = 50

/** Takes a message of any bytes apart (RFC 5322, RFC 2045, RFC 2046). Never throws: what is broken is text. */
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

/** The part and all below it, in order, save what a message holds that it brings along: that speaks of something else. */
export function ownParts(part: Part): Part[] {
  return [part, ...part.parts.filter(() => !part.type.startsWith('message/')).flatMap(ownParts)]
}

/** The part and all below it, in order. */
export function allParts(part: Part): Part[] {
  return [part, ...part.parts.flatMap(allParts)]
}

/** Header fields of a text that is nothing but fields: a message's head, or one block of a report. */
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
  // A message that was cut off has its last part all the same.
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
