import { createHash } from 'node:crypto'
import { wireAddress, wireDomain } from '../../platform/email-address.ts'
import { escapeInAnyQuotes } from '../../platform/html/escape.ts'
import { fillPlaceholders, hasPlaceholder, splitAtPlaceholders } from '../../platform/placeholders.ts'
import type { Edition, PlaceholderValues } from '../delivery.ts'
import { displayName, header, phrase, textHeader } from './header-fields.ts'
import { toQuotedPrintable, toQuotedPrintableText } from './quoted-printable.ts'

/** A message of one edition, encoded once and split at its placeholders. */
export interface MessageTemplate {
  /** The envelope sender (RFC 5321 §4.1.1.2) for deployments without a bounce address. */
  readonly sender: string
  /** Writes into `into` if it is large enough, else into a new buffer with spare room. */
  merge(recipient: Recipient, into?: Buffer): Buffer
}

export interface Recipient {
  readonly address: string
  /** Left of the @ in the Message-ID: the same for every attempt of one delivery. */
  readonly messageKey: string
  readonly date: Date
  readonly placeholders: PlaceholderValues
  /** Mail from this recipient to it means unsubscribe. Undefined if the deployment receives no mail. */
  readonly unsubscribeAddress?: string | undefined
}

type Piece = Buffer | { readonly placeholder: string; readonly place: 'html' | 'text' }

/** Encodes the parts of `edition` that are the same for every reader (RFC 5322, RFC 2045–2047). */
export function compileMessage(edition: Edition): MessageTemplate {
  const { from, email, list } = edition
  const boundary = `=_${createHash('sha256').update(JSON.stringify(edition)).digest('base64url').slice(0, 24)}`
  const sender = wireAddress(from.email)
  const domain = wireDomain(from.email)
  const subject = hasPlaceholder(email.subject) ? undefined : textHeader('Subject', email.subject)
  const fixedHeaders = [
    header('From', `${phrase(from.name)} <${sender}>`),
    header('Reply-To', from.replyTo === undefined ? `${phrase(from.name)} <${sender}>` : `<${wireAddress(from.replyTo)}>`),
    ...(list
      ? [
          header('List-Id', `${phrase(list.name)} <${list.id}>`),
          ...(list.archiveUrl === undefined ? [] : [header('List-Archive', `<${list.archiveUrl}>`)]),
          ...(list.helpUrl === undefined ? [] : [header('List-Help', `<${list.helpUrl}>`)]),
          header('Feedback-ID', list.feedbackId),
          'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n',
        ]
      : // Mail outside a list tells automatic responders not to answer (RFC 3834 §5).
        ['Auto-Submitted: auto-generated\r\n']),
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
  ].join('')
  const body: Piece[] = [
    ascii(`\r\n${partHead(boundary, 'text/plain')}`),
    ...pieces(endLine(email.text), 'text'),
    ascii(`\r\n${partHead(boundary, 'text/html')}`),
    ...pieces(endLine(email.html), 'html'),
    ascii(`\r\n--${boundary}--\r\n`),
  ]
  return {
    sender,
    merge({ address, messageKey, date, placeholders, unsubscribeAddress }, into) {
      const headers = [
        // May contain non-ASCII characters; such a message goes only to servers that offer SMTPUTF8 (RFC 6532 §3.2).
        header('To', mailbox(list ? displayName(placeholders.name ?? '') : '', wireAddress(address))),
        subject ?? textHeader('Subject', fill(email.subject, placeholders)),
        `Date: ${date.toUTCString().replace('GMT', '+0000')}\r\n`,
        `Message-ID: <${messageKey}@${domain}>\r\n`,
        list ? header('List-Unsubscribe', unsubscribeHeaders(fill(list.unsubscribeUrl, placeholders), unsubscribeAddress)) : '',
        fixedHeaders,
      ]
      return join([headers.join(''), ...body.map((piece) => (Buffer.isBuffer(piece) ? piece : fillPiece(piece, placeholders)))], into)
    },
  }
}

function mailbox(name: string, address: string): string {
  return name === '' ? address : `${phrase(name)} <${address}>`
}

/** Room for a longer name or address when the buffer is reused for the next message. */
const spareBytes = 4_096

function join(parts: readonly (string | Buffer)[], into: Buffer | undefined): Buffer {
  const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
  const memory = into && into.length >= bytes ? into : Buffer.allocUnsafeSlow(bytes + spareBytes)
  let at = 0
  for (const part of parts) at += typeof part === 'string' ? memory.write(part, at) : part.copy(memory, at)
  return memory.subarray(0, bytes)
}

/** The page comes first: clients that support only one method use the first (RFC 8058 §3, RFC 2369 §2). */
function unsubscribeHeaders(page: string, unsubscribeAddress: string | undefined): string {
  return unsubscribeAddress === undefined ? `<${page}>` : `<${page}>, <mailto:${unsubscribeAddress}?subject=unsubscribe>`
}

function partHead(boundary: string, type: string): string {
  return `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`
}

function pieces(text: string, place: 'html' | 'text'): Piece[] {
  return splitAtPlaceholders(text)
    .map((part, index) => (index % 2 === 0 ? toQuotedPrintable(part) : { placeholder: part, place }))
    .filter((piece) => !Buffer.isBuffer(piece) || piece.length > 0)
}

/** Ends the text in a line break, so that its last line needs no soft break before the boundary. */
function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

function fillPiece(piece: { placeholder: string; place: 'html' | 'text' }, placeholders: PlaceholderValues): string {
  const value = valueFor(piece.placeholder, placeholders)
  return toQuotedPrintableText(piece.place === 'html' ? escapeInAnyQuotes(value) : value)
}

function fill(text: string, placeholders: PlaceholderValues): string {
  return fillPlaceholders(text, (name) => valueFor(name, placeholders))
}

/** Throws if a value is missing, so that no reader gets a message with a gap. */
function valueFor(name: string, placeholders: PlaceholderValues): string {
  const value = placeholders[name]
  if (value === undefined) throw new Error(`no value for placeholder ${name}`)
  return value
}

/** Throws above U+007F: truncated to a byte, such a character could become a line break. */
function ascii(text: string): Buffer {
  const other = /[^\0-\x7f]/.exec(text)
  if (other)
    throw new Error(`non-ASCII character U+${text.charCodeAt(other.index).toString(16).toUpperCase().padStart(4, '0')} in a header`)
  return Buffer.from(text, 'latin1')
}
