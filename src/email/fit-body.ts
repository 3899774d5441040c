import { type Edit, editHtml, type OpenTag, readHtml } from '../platform/html/read.ts'

/** Parts of a table. Outside one, they would break the layout of the email, which is made of tables. */
const tableParts = new Set(['caption', 'col', 'colgroup', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr'])

/** Levels of the title above an article's text, and of the lowest heading that an email needs. */
const titleLevel = 2
const lowestLevel = 4

/** Makes a fragment fit into an email: no table parts without a table, headings in order, marks of tasks without bullets. */
export function fitForMail(html: string): string {
  const parts = readHtml(html)
  const edits: Edit[] = []
  const headings = new HeadingLevels()
  let tables = 0
  let item: OpenTag | undefined
  for (const part of parts) {
    if (part.kind === 'text') {
      if (item && /^\s*[☐☑☒]/.test(part.text)) edits.push({ start: item.start, end: item.start + 3, text: '<li class="task"' })
      if (part.text.trim() !== '') item = undefined
      continue
    }
    if (part.kind !== 'open' && part.kind !== 'close') continue
    const isOpen = part.kind === 'open'
    if (part.tag === 'table') tables += isOpen ? 1 : -1
    // The words of a cell stay apart.
    else if (tableParts.has(part.tag) && tables === 0) edits.push({ start: part.start, end: part.end, text: isOpen ? '' : ' ' })
    if (part.tag === 'li') item = isOpen ? part : undefined
    if (/^(?:h[1-6]|summary)$/.test(part.tag)) {
      const level = isOpen ? headings.open(part.tag) : headings.close()
      edits.push({ start: part.start, end: part.end, text: isOpen ? `<h${level}>` : `</h${level}>` })
    }
  }
  return editHtml(
    html,
    edits.toSorted((one, other) => one.start - other.start),
  )
}

/** Levels below the title of the article, without a gap: screen readers list headings by level. */
class HeadingLevels {
  readonly #around: number[] = []
  #current = titleLevel + 1

  open(tag: string): number {
    // A summary is below every heading.
    const written = tag === 'summary' ? 7 : Number(tag.slice(1))
    while ((this.#around.at(-1) ?? 0) >= written) this.#around.pop()
    this.#around.push(written)
    this.#current = Math.min(lowestLevel, titleLevel + this.#around.length)
    return this.#current
  }

  close(): number {
    return this.#current
  }
}
