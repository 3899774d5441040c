import { type Edit, editHtml, readHtml } from '../../platform/html/read.ts'

/** The text of a link to a footnote, and of its link back. */
const number = /^\[\d+(?::\d+)?\]$/
const arrow = /^↩/

/** Removes the links between footnotes and text, because mail programs do not follow links inside a message. Numbers stay. */
export function withFootnotesInPlace(html: string, articleUrl: string): string {
  if (!html.includes('#fn')) return html
  const parts = readHtml(html)
  const edits = parts.flatMap((part, index): Edit[] => {
    if (part.kind !== 'open' || part.tag !== 'a') return []
    const href = part.attributes.get('href')?.value ?? ''
    const [label, closing] = parts.slice(index + 1, index + 3)
    if (!href.startsWith(articleUrl) || !/^#fn(?:ref)?-/.test(href.slice(articleUrl.length))) return []
    if (label?.kind !== 'text' || closing?.kind !== 'close') return []
    if (number.test(label.text))
      return [
        { ...part, text: '' },
        { ...closing, text: '' },
      ]
    if (!arrow.test(label.text)) return []
    return [{ start: html.slice(0, part.start).trimEnd().length, end: closing.end, text: '' }]
  })
  return editHtml(html, edits)
}
