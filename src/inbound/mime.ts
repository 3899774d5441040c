/** One part of a message, or the message itself. */
export interface Part {
  /** Lower-case name → all values, unfolded. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** In lower case; `text/plain` by default (RFC 2045 §5.2). */
  readonly type: string
  /** Decoded from its transfer encoding and charset. Empty if the part has parts. */
  readonly body: string
  readonly parts: readonly Part[]
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
