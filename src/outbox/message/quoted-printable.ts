/** A line of quoted-printable holds at most 76 characters, of which a soft break takes the last (RFC 2045 §6.7). */
const maxLine = 75

const [lf, cr, blank, dot, equals, letterF] = [0x0a, 0x0d, 0x20, 0x2e, 0x3d, 0x46]
const digits = Buffer.from('0123456789ABCDEF')
const from = Buffer.from('From ')

/**
 * Text as quoted-printable that can stand anywhere in a body: it is taken to begin at the start of a line, and ends in
 * a soft break unless it ends in a line break. Beyond the standard, dots at the start of a line are encoded, so that no line
 * needs SMTP's dot-stuffing (RFC 5321 §4.5.2), and so is the F of a `From ` there, which some programs on the way would change
 * (RFC 2049 §3); tabs and all but the first of several blanks too, so that the body is in DKIM's relaxed form as it stands
 * (RFC 6376 §3.4.4).
 */
export function toQuotedPrintable(text: string): Buffer {
  const bytes = Buffer.from(text)
  // Written into one piece of memory of the right size: strings that grow by characters cost many times what they hold.
  const encoded = Buffer.allocUnsafe(measure(bytes))
  return encoded.subarray(0, encode(bytes, encoded))
}

/** What is short is encoded in memory that is used again: each message has a few of them. */
const shortBytes = 1_024
const [shortSource, shortEncoded] = [Buffer.allocUnsafeSlow(shortBytes), Buffer.allocUnsafeSlow(4 * shortBytes)]

/** The same as a string, for a text that is most likely short. */
export function toQuotedPrintableText(text: string): string {
  if (3 * text.length > shortBytes) return toQuotedPrintable(text).toString('latin1')
  const bytes = shortSource.subarray(0, shortSource.write(text))
  return shortEncoded.toString('latin1', 0, encode(bytes, shortEncoded))
}

/** Room that is enough: three bytes for whatever might be encoded, and all the soft breaks of lines that are as short as they come. */
function measure(bytes: Buffer): number {
  let context = 3
  for (const byte of bytes) context += isPlain(byte) && byte !== blank && byte !== dot && byte !== letterF ? 1 : 3
  return context + Math.ceil(context / (maxLine - 2)) * 3
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
    // Blanks at a line's end are lost on the way.
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

/** Whether servers on the way would change what stands here at the start of a line. */
function isChangedAtStart(bytes: Buffer, index: number): boolean {
  return bytes[index] === dot || (bytes[index] === letterF && bytes.compare(from, 0, 5, index, Math.min(index + 5, bytes.length)) === 0)
}
