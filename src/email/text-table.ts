import type { FormatCallback } from 'html-to-text'
import { unwrappedLine } from '../platform/placeholders.ts'
import { padded, widthOf } from './text-lines.ts'

type Side = 'left' | 'right' | 'center'

interface Cell {
  readonly text: string
  readonly side: Side
  readonly isHeading: boolean
  readonly columns: number
}

type DomNode = Parameters<FormatCallback>[0]

const gap = '  '

/** Sets a table in columns that are aligned as the author wrote them, with a line below the headings. */
export const dataTable: FormatCallback = (element, walk, builder) => {
  const { caption, rows } = contentOf(element)
  builder.openBlock({ leadingLineBreaks: 2 })
  if (caption) walk([caption], builder)
  builder.openTable()
  const sides: { side: Side; isHeading: boolean }[] = []
  for (const row of rows) {
    builder.openTableRow()
    for (const cell of row) {
      sides.push({ side: sideOf(cell), isHeading: cell.name === 'th' })
      builder.openTableCell({})
      walk(cell.children, builder)
      builder.closeTableCell({ colspan: spanOf(cell) })
    }
    builder.closeTableRow()
  }
  builder.closeTable({
    leadingLineBreaks: 1,
    trailingLineBreaks: 1,
    tableToString: (printed) => {
      let next = 0
      return tableText(
        printed.map((row) =>
          row.map(({ text, colspan }) => ({
            text: text.replace(/\s+/g, ' ').trim(),
            columns: colspan,
            ...(sides[next++] ?? { side: 'left' as const, isHeading: false }),
          })),
        ),
      )
    },
  })
  builder.closeBlock({ trailingLineBreaks: 2 })
}

/** The rows of a table, without those of tables inside its cells. */
function contentOf(table: DomNode): { caption: DomNode | undefined; rows: DomNode[][] } {
  let caption: DomNode | undefined
  const rows: DomNode[][] = []
  const visit = (node: DomNode) => {
    for (const child of (node.children ?? []) as DomNode[]) {
      if (child.name === 'caption') caption ??= child
      else if (child.name === 'tr') rows.push((child.children as DomNode[]).filter(({ name }) => name === 'td' || name === 'th'))
      else if (child.name === 'thead' || child.name === 'tbody' || child.name === 'tfoot') visit(child)
    }
  }
  visit(table)
  return { caption, rows }
}

function sideOf({ attribs }: DomNode): Side {
  const align = attribs?.align
  return align === 'right' || align === 'center' ? align : 'left'
}

/** Bounded: a hostile number of columns would need as much memory. */
function spanOf({ attribs }: DomNode): number {
  return Math.min(50, Math.max(1, Number.parseInt(attribs?.colspan ?? '1', 10) || 1))
}

function tableText(rows: readonly (readonly Cell[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    let column = 0
    for (const { text, columns } of row) {
      if (columns === 1) widths[column] = Math.max(widths[column] ?? 0, widthOf(text))
      column += columns
    }
  }
  const lines = rows.map((row) => {
    let column = 0
    const cells = row.map(({ text, side, columns }) => {
      const spanned = Array.from({ length: columns }, (_, index) => widths[column + index] ?? 0)
      column += columns
      return padded(text, spanned.reduce((sum, width) => sum + width, 0) + gap.length * (columns - 1), side)
    })
    return cells.join(gap).trimEnd()
  })
  const headings = rows.findIndex((row) => !row.every(({ isHeading }) => isHeading))
  if (headings > 0) lines.splice(headings, 0, Array.from(widths, (width) => '-'.repeat(width ?? 0)).join(gap))
  return lines.map((line) => unwrappedLine + line).join('\n')
}
