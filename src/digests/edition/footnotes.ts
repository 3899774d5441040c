import { type Edit, editHtml, readHtml } from '../../platform/html/read.ts'

/** The number that leads to a note, and the arrow that leads back. */
const number = /^\[\d+(?::\d+)?\]$/
const arrow = /^↩/

/** The body of an article with footnotes that work inside the mail: no number leads to the page, and no arrow leads back. */
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
