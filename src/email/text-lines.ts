import { eastAsianWidth } from 'get-east-asian-width'
import { quotedLine, titleLine, unwrappedLine } from '../platform/placeholders.ts'

/** Columns: the 78 of RFC 5322 §2.1.1, less two for a quotation mark. */
export const columns = 76

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Scripts without blanks between words, whose words only a dictionary knows. */
const dictionaryScripts = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** Characters between which a line may break. Korean breaks at blanks. */
const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303F\uFF01-\uFF60]/u

/** Must not begin a line: closing marks, small kana, sound marks (UAX 14: CL, CP, EX, IS, NS, CJ). */
const neverFirst =
  /^[、。，．・：；！？…‥ー゛゜々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ）］｝〕〉》」』】〙〗〟’”»)\]},.:;!?%‰℃]/u
/** Must not end a line: opening marks (UAX 14: OP). */
const neverLast = /[（［｛〔〈《「『【〘〖〝‘“«([{£¥＄￥$]$/u

/** Columns that a terminal needs for `text`. */
export function widthOf(text: string): number {
  // Fast path: one column for each character.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment)
  return width
}

function widthOfGrapheme(grapheme: string): number {
  if (/^[\p{Cc}\p{Cf}\p{M}]/u.test(grapheme)) return 0
  if (/\p{Emoji_Presentation}|\uFE0F/u.test(grapheme)) return 2
  return eastAsianWidth(grapheme.codePointAt(0) ?? 0)
}

/** Fills or starts a text to `width` columns. */
export function padded(text: string, width: number, side: 'left' | 'right' | 'center'): string {
  const missing = Math.max(0, width - widthOf(text))
  const before = side === 'right' ? missing : side === 'center' ? missing >> 1 : 0
  return ' '.repeat(before) + text + ' '.repeat(missing - before)
}

/** Wraps each line by its display width, underlines titles, and removes the marks of lines. */
export function layLines(text: string): string {
  return text.split('\n').flatMap(layLine).join('\n')
}

function layLine(marked: string): string[] {
  const isKept = marked.includes(unwrappedLine)
  const underline = new RegExp(`${titleLine}(.)`).exec(marked)?.[1]
  const quotation = (new RegExp(`^(?: *> ${quotedLine})*`).exec(marked)?.[0] ?? '').replaceAll(quotedLine, '')
  const line = marked
    .replaceAll(unwrappedLine, '')
    .replaceAll(quotedLine, '')
    .replace(new RegExp(`${titleLine}.`), '')
    // A box is a mark of its own.
    .replace(/^([> ]*)- (?=[☐☑☒])/, '$1')
    .trimEnd()
  if (isKept) return [line]
  const [, mark = ''] = /^(\s*(?:(?:[-☐☑☒]|\d+\.) )?)/u.exec(line.slice(quotation.length)) ?? []
  const wrapped = wrap(line, columns, quotation + ' '.repeat(widthOf(mark)))
  if (underline === undefined || line === '') return wrapped
  const width = Math.max(...wrapped.map((one) => widthOf(one.slice(quotation.length))))
  return [...wrapped, quotation + underline.repeat(width)]
}

/** Breaks `line` where its scripts allow it. A word that is too long stays whole. Later lines begin with `indent`. */
function wrap(line: string, limit: number, indent: string): string[] {
  if (widthOf(line) <= limit) return [line]
  // An address stays behind its label, however long it is.
  const [, label, address] = /^(.*: )(\S+:\/\/\S+)$/.exec(line) ?? []
  if (label !== undefined && address !== undefined) {
    const above = wrap(label, limit, indent)
    return [...above.slice(0, -1), `${(above.at(-1) ?? '').trimEnd()} ${address}`]
  }
  const lines: string[] = []
  let current = ''
  let width = 0
  let isEmpty = true
  for (const piece of piecesOf(line)) {
    const visible = widthOf(piece.trimEnd())
    if (!isEmpty && width + visible > limit) {
      lines.push(current.trimEnd())
      current = indent
      width = widthOf(indent)
    }
    current += piece
    width += widthOf(piece)
    if (piece.trim() !== '') isEmpty = false
  }
  return [...lines, current.trimEnd()]
}

/** The pieces of a line, each with the blanks after it. A line may break between two pieces. */
function piecesOf(line: string): string[] {
  const pieces: string[] = []
  const [indent = ''] = /^[> ]*/.exec(line) ?? []
  for (const word of line.slice(indent.length).match(/[^ \t\u200B]+[ \t\u200B]*/gu) ?? []) pieces.push(...piecesOfWord(word))
  if (pieces[0] !== undefined) pieces[0] = indent + pieces[0]
  return pieces
}

function piecesOfWord(word: string): string[] {
  if (dictionaryScripts.test(word))
    return joined([...new Intl.Segmenter('th', { granularity: 'word' }).segment(word)].map((one) => one.segment))
  if (!ideographs.test(word)) return [word]
  return joined(
    [...graphemes.segment(word)].map((one) => one.segment),
    (before, after) => ideographs.test(before.at(-1) ?? '') || ideographs.test(after),
  )
}

/** Joins parts between which a line must not break. */
function joined(parts: readonly string[], mayBreak: (before: string, after: string) => boolean = () => true): string[] {
  const pieces: string[] = []
  for (const part of parts) {
    const last = pieces.at(-1)
    if (last !== undefined && (!mayBreak(last, part) || neverFirst.test(part) || neverLast.test(last) || part.trim() === ''))
      pieces[pieces.length - 1] = last + part
    else pieces.push(part)
  }
  return pieces
}
