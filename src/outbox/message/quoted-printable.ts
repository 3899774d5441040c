/** The limit is 76 characters, including the `=` of a soft break (RFC 2045 §6.7). */
const maxLine = 75

const [lf, cr, blank, dot, equals, letterF] = [0x0a, 0x0d, 0x20, 0x2e, 0x3d, 0x46]
const digits = Buffer.from('0123456789ABCDEF')
const from = Buffer.from('From ')

/**
 * Quoted-printable text that can be joined with other such text: it starts a line, and ends in a line break or a soft break.
 *
 * It also encodes, beyond RFC 2045:
 * - dots at the start of a line, so that no line needs SMTP's dot-stuffing (RFC 5321 §4.5.2);
 * - the F of `From ` at the start of a line, which some programs change (RFC 2049 §3);
 * - tabs and repeated blanks, so that the body is already in DKIM's relaxed form (RFC 6376 §3.4.4).
 */
export function toQuotedPrintable(text: string): Buffer {
  const bytes = Buffer.from(text)
  // One buffer of the right size: appending to a string costs many times more memory.
  const encoded = Buffer.allocUnsafe(maxEncodedBytes(bytes))
  return encoded.subarray(0, encode(bytes, encoded))
}

/** Short texts are encoded in two shared buffers: each message has a few of them. */
const shortBytes = 1_024
const [shortSource, shortEncoded] = [Buffer.allocUnsafeSlow(shortBytes), Buffer.allocUnsafeSlow(4 * shortBytes)]

/** Like `toQuotedPrintable`, but returns a string and is faster for short texts. */
export function toQuotedPrintableText(text: string): string {
  if (3 * text.length > shortBytes) return toQuotedPrintable(text).toString('latin1')
  const bytes = shortSource.subarray(0, shortSource.write(text))
  return shortEncoded.toString('latin1', 0, encode(bytes, shortEncoded))
}

/** An upper bound: three bytes for each byte that may be encoded, plus the soft breaks of the shortest possible lines. */
function maxEncodedBytes(bytes: Buffer): number {
  let size = 3
  for (const byte of bytes) size += isPlain(byte) && byte !== blank && byte !== dot && byte !== letterF ? 1 : 3
  return size + Math.ceil(size / (maxLine - 2)) * 3
}

function encode(bytes: Buffer, encoded: Buffer): number {
  let at = 0
  let column = 0
  let isAfterBlank = false
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number
    if (byte === cr || byte === lf) {
      if (byte === cr && bytes[index + 1] === lf) index++
      encoded[at++] = cr
      encoded[at++] = lf
      column = 0
      isAfterBlank = false
      continue
    }
    // Servers strip blanks at the end of a line.
    const isBare = isPlain(byte) && !(byte === blank && (isAfterBlank || endsLine(bytes, index + 1)))
    if (column + (isBare ? 1 : 3) > maxLine) {
      at = breakSoftly(encoded, at)
      column = 0
      isAfterBlank = false
    }
    if (isBare && !(column === 0 && isChangedAtStart(bytes, index))) {
      encoded[at++] = byte
      column++
      isAfterBlank = byte === blank
    } else {
      encoded[at++] = equals
      encoded[at++] = digits[byte >> 4] as number
      encoded[at++] = digits[byte & 15] as number
      column += 3
      isAfterBlank = false
    }
  }
  return column > 0 ? breakSoftly(encoded, at) : at
}

function breakSoftly(encoded: Buffer, at: number): number {
  encoded[at] = equals
  encoded[at + 1] = cr
  encoded[at + 2] = lf
  return at + 3
}

function isPlain(byte: number): boolean {
  return byte >= blank && byte <= 0x7e && byte !== equals
}

function endsLine(bytes: Buffer, index: number): boolean {
  return index === bytes.length || bytes[index] === cr || bytes[index] === lf
}

/** Whether a relay may change this byte at the start of a line. */
function isChangedAtStart(bytes: Buffer, index: number): boolean {
  return bytes[index] === dot || (bytes[index] === letterF && bytes.compare(from, 0, 5, index, Math.min(index + 5, bytes.length)) === 0)
}
