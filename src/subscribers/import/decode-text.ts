import { isUtf8 } from 'node:buffer'

/** Longer lines are decoded in pieces, so that a cell of ten megabytes needs no buffer of that size. */
const maxCarriedBytes = 65_536

/**
 * Converts text to UTF-8 without a byte order mark. UTF-16 is detected by its mark. Other text is decoded line by line: as UTF-8 if
 * valid, else as Windows-1252, which is Latin-1 with the characters that Excel adds.
 */
export async function* toUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let carried: Buffer = Buffer.alloc(0)
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let isStart = true
  for await (const chunk of chunks) {
    if (decoder) {
      yield Buffer.from(decoder.decode(chunk, { stream: true }))
      continue
    }
    let bytes: Buffer = Buffer.concat([carried, chunk])
    if (isStart) {
      if (bytes.length < 3) {
        carried = bytes
        continue
      }
      isStart = false
      const encoding = markedUtf16(bytes)
      if (encoding) {
        decoder = new TextDecoder(encoding)
        yield Buffer.from(decoder.decode(bytes, { stream: true }))
        continue
      }
      bytes = withoutMark(bytes)
    }
    const end = bytes.lastIndexOf(0x0a) + 1 || (bytes.length > maxCarriedBytes ? lastCharacterEnd(bytes) : 0)
    // Copied, because a slice would keep the whole chunk in memory.
    carried = Buffer.from(bytes.subarray(end))
    if (end > 0) yield lineByLine(bytes.subarray(0, end))
  }
  if (decoder) yield Buffer.from(decoder.decode())
  else if (carried.length > 0) yield lineByLine(isStart ? withoutMark(carried) : carried)
}

function markedUtf16(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** The position before the last, possibly incomplete character (RFC 3629 §3: up to three bytes follow a lead byte). */
function lastCharacterEnd(bytes: Buffer): number {
  for (let back = 1; back <= 4; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return bytes.length - back
    if (byte < 0x80) break
  }
  return bytes.length
}

function lineByLine(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes
  const windows = new TextDecoder('windows-1252')
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start) + 1 || bytes.length
    const line = bytes.subarray(start, end)
    lines.push(isUtf8(line) ? line : Buffer.from(windows.decode(line)))
    start = end
  }
  return Buffer.concat(lines)
}
