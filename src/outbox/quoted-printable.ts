/** A line of quoted-printable holds at most 76 characters, of which a soft break takes the last (RFC 2045 §6.7). */
const maxLine = 75

const softBreak = '=\r\n'

const hex = Array.from({ length: 256 }, (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)

/**
 * Text as quoted-printable that can stand anywhere in a body: it is taken to begin at the start of a line, and ends in
 * a soft break unless it ends in a line break. Beyond the standard, dots at the start of a line are encoded, so that no line
 * needs SMTP's dot-stuffing (RFC 5321 §4.5.2), and so are tabs and all but the first of several blanks, so that the body is
 * in DKIM's relaxed form as it stands (RFC 6376 §3.4.4).
 */
export function toQuotedPrintable(text: string): string {
  const lines = text.split(/\r\n|\r|\n/)
  return lines.map((line, index) => encodeLine(line) + (index < lines.length - 1 ? '\r\n' : line ? softBreak : '')).join('')
}

function encodeLine(line: string): string {
  const bytes = Buffer.from(line, 'utf8')
  let encoded = ''
  let column = 0
  for (const [index, byte] of bytes.entries()) {
    const isLast = index === bytes.length - 1
    const isBlank = byte === 0x20
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x3d
    // Blanks at a line's end are lost on the way, and a dot at its start would have to be doubled.
    const mustEncode = !isPlain || (isBlank && (isLast || encoded.endsWith(' '))) || (byte === 0x2e && column === 0)
    let piece = mustEncode ? (hex[byte] as string) : String.fromCharCode(byte)
    if (column + piece.length > maxLine) {
      encoded += softBreak
      column = 0
      if (byte === 0x2e) piece = hex[byte] as string
    }
    encoded += piece
    column += piece.length
  }
  return encoded
}
