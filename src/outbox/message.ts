import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs'
import type { Edition, HoleValues } from './delivery.ts'
import { toQuotedPrintable } from './quoted-printable.ts'

/** A message of one edition, encoded once and cut at the places that differ from reader to reader. */
export interface MessageTemplate {
  /** The envelope's sender (RFC 5321 §4.1.1.2). */
  readonly returnPath: string
  merge(recipient: Recipient): Buffer
}

export interface Recipient {
  readonly address: string
  /** Left of the @ of the Message-ID: the same for every try of one delivery. */
  readonly messageKey: string
  readonly date: Date
  readonly holes: HoleValues
}

type Piece = Buffer | { readonly hole: string; readonly place: 'html' | 'text' }

const holePattern = /\uFDD0([a-z_]+)\uFDD1/g

/** Encodes all that is the same for every reader of `edition` (RFC 5322, RFC 2045–2047). */
export function compileMessage(edition: Edition): MessageTemplate {
  const boundary = `=_${createHash('sha256').update(JSON.stringify(edition)).digest('base64url').slice(0, 24)}`
  const senderDomain = edition.from.email.slice(edition.from.email.lastIndexOf('@') + 1)
  const fixedHeaders = [
    header('From', `${phrase(edition.from.name)} <${inAscii(edition.from.email)}>`),
    ...(edition.list
      ? [
          header('List-Id', `${phrase(edition.list.name)} <${edition.list.id}>`),
          header('Feedback-ID', edition.list.feedbackId),
          'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n',
        ]
      : []),
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
  ].join('')
  const body: Piece[] = [
    ascii(`\r\n${partHead(boundary, 'text/plain')}`),
    ...pieces(endLine(edition.letter.text), 'text'),
    ascii(`\r\n${partHead(boundary, 'text/html')}`),
    ...pieces(endLine(edition.letter.html), 'html'),
    ascii(`\r\n--${boundary}--\r\n`),
  ]
  return {
    returnPath: inAscii(edition.from.email),
    merge({ address, messageKey, date, holes }) {
      const headers = [
        header('To', inAscii(address)),
        textHeader('Subject', fill(edition.letter.subject, holes)),
        `Date: ${date.toUTCString().replace('GMT', '+0000')}\r\n`,
        `Message-ID: <${messageKey}@${domainToASCII(senderDomain) || senderDomain}>\r\n`,
        edition.list ? `List-Unsubscribe: <${fill(edition.list.unsubscribeUrl, holes)}>\r\n` : '',
        fixedHeaders,
      ]
      return Buffer.concat([ascii(headers.join('')), ...body.map((piece) => (Buffer.isBuffer(piece) ? piece : fillPiece(piece, holes)))])
    },
  }
}

function partHead(boundary: string, type: string): string {
  return `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`
}

function pieces(text: string, place: 'html' | 'text'): Piece[] {
  // With one capturing group, split gives text, name, text, name … text.
  return text
    .split(holePattern)
    .map((part, index) => (index % 2 === 0 ? ascii(toQuotedPrintable(part)) : { hole: part, place }))
    .filter((piece) => !Buffer.isBuffer(piece) || piece.length > 0)
}

/** So that the last line of a part needs no soft break before the boundary. */
function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

function fillPiece(piece: { hole: string; place: 'html' | 'text' }, holes: HoleValues): Buffer {
  const value = valueFor(piece.hole, holes)
  return ascii(toQuotedPrintable(piece.place === 'html' ? escapeHtml(value) : value))
}

function fill(text: string, holes: HoleValues): string {
  return text.replace(holePattern, (_, name: string) => valueFor(name, holes))
}

/** A hole without a value would reach a reader as a gap nobody sees: it is a mistake of ours, not theirs. */
function valueFor(name: string, holes: HoleValues): string {
  const value = holes[name]
  if (value === undefined) throw new Error(`the letter has a hole called ${name}, and the delivery has no value for it`)
  return value
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A structured header field: its parts are ASCII already, and what could end a line becomes a blank (RFC 5322 §2.2). */
function header(name: string, value: string): string {
  return `${foldLines(`${name}: ${oneLine(value)}`, 76)}\r\n`
}

/** An unstructured one, encoded where it is not ASCII or could be taken for encoded words (RFC 2047 §5). */
function textHeader(name: string, value: string): string {
  const text = oneLine(value)
  const encoded = /^[\x20-\x7e]*$/.test(text) && !text.includes('=?') ? text : encodeWord(text, 'Q', 52)
  return `${foldLines(`${name}: ${encoded}`, 76)}\r\n`
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}

/** A display name as a quoted string, or as encoded words where it is not ASCII (RFC 5322 §3.2.5, RFC 2047 §5). */
function phrase(name: string): string {
  const text = oneLine(name)
  return /^[\x20-\x7e]*$/.test(text) && !text.includes('=?') ? `"${text.replace(/["\\]/g, '\\$&')}"` : encodeWord(text, 'Q', 52)
}

/** An internationalised domain in its ASCII form (RFC 5890). */
function inAscii(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`
}

/** Throws above U+007F: cut to a byte, a letter could become the end of a line. */
function ascii(text: string): Buffer {
  const other = /[^\0-\x7f]/.exec(text)
  if (other) throw new Error(`U+${text.charCodeAt(other.index).toString(16).toUpperCase().padStart(4, '0')} stands where only ASCII may`)
  return Buffer.from(text, 'latin1')
}
