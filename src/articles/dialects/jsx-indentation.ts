import { type Imports, readElement } from './jsx.ts'

/** The content of a component whose tags stand on lines of their own. */
interface Range {
  readonly name: string
  readonly tagIndent: number
  /** Index of the first line of its content. */
  readonly from: number
  until: number
  minIndent: number
}

/**
 * Moves what components hold to the indentation of their tags. JSX authors indent it, and Markdown would take it for code (MDX, "MDX is
 * not indented code").
 */
export function dedentJsx(text: string, imports: Imports): string {
  if (!/^[ \t]+\S/m.test(text) || !text.includes('<')) return text
  const lines = text.split('\n')
  const ranges = closedRanges(text, lines, imports)
  if (ranges.length === 0) return text
  ranges.sort((one, other) => one.from - other.from || other.until - one.until)
  const shifts = shiftsOf(lines, ranges)
  return lines.map((line, index) => withoutColumns(line, shifts[index] ?? 0)).join('\n')
}

function closedRanges(text: string, lines: readonly string[], imports: Imports): Range[] {
  const closed: Range[] = []
  const open: Range[] = []
  const counts = new Map<string, number>()
  const starts = lineStarts(lines)
  const count = (name: string, change: number) => counts.set(name, (counts.get(name) ?? 0) + change)
  let line = 0
  const mark = /^[ \t]*<(?=\/?[A-Za-z>])/gm
  for (let match = mark.exec(text); match; match = mark.exec(text)) {
    const start = mark.lastIndex - 1
    const element = readElement(text, start, imports)
    if (!element) continue
    while ((starts[line + 1] ?? Number.POSITIVE_INFINITY) <= start) line++
    let last = line
    while ((starts[last + 1] ?? Number.POSITIVE_INFINITY) <= element.end) last++
    const lineEnd = starts[last + 1] === undefined ? text.length : (starts[last + 1] ?? 0) - 1
    mark.lastIndex = element.end
    if (element.isEmpty || text.slice(element.end, lineEnd).trim() !== '') continue
    const tagIndent = columnsOf(lines[line] ?? '')
    if (!element.isClosing) {
      open.push({ name: element.name, tagIndent, from: last + 1, until: last + 1, minIndent: Number.POSITIVE_INFINITY })
      count(element.name, 1)
    } else if ((counts.get(element.name) ?? 0) > 0) {
      for (let range = open.pop(); range; range = open.pop()) {
        count(range.name, -1)
        if (range.name !== element.name) continue
        range.until = line
        closed.push(range)
        break
      }
    }
  }
  return closed
}

/** How many columns each line moves left. One sweep with a stack, so that deep nesting stays linear. */
function shiftsOf(lines: readonly string[], ranges: readonly Range[]): number[] {
  const innermost: (number | undefined)[] = new Array(lines.length)
  const parents: (number | undefined)[] = []
  const stack: number[] = []
  let next = 0
  for (let line = 0; line < lines.length; line++) {
    while (stack.length > 0 && (ranges[stack.at(-1) as number] as Range).until <= line) stack.pop()
    while (next < ranges.length && (ranges[next] as Range).from <= line) {
      parents[next] = stack.at(-1)
      if ((ranges[next] as Range).until > line) stack.push(next)
      next++
    }
    const inner = stack.at(-1)
    innermost[line] = inner
    const range = inner === undefined ? undefined : ranges[inner]
    if (range && (lines[line] ?? '').trim() !== '') range.minIndent = Math.min(range.minIndent, columnsOf(lines[line] ?? ''))
  }
  const shifts: number[] = []
  for (const [index, range] of ranges.entries()) {
    const parent = parents[index]
    const tagIndent = range.tagIndent - (parent === undefined ? 0 : (shifts[parent] ?? 0))
    shifts[index] = Number.isFinite(range.minIndent) ? Math.max(0, range.minIndent - Math.max(0, tagIndent)) : 0
  }
  return innermost.map((index) => (index === undefined ? 0 : (shifts[index] ?? 0)))
}

function lineStarts(lines: readonly string[]): number[] {
  const starts: number[] = []
  let at = 0
  for (const line of lines) {
    starts.push(at)
    at += line.length + 1
  }
  return starts
}

/** Columns of the white space before a line; a tab leads to the next multiple of 4. */
function columnsOf(line: string): number {
  let columns = 0
  for (const sign of line) {
    if (sign === ' ') columns++
    else if (sign === '\t') columns += 4 - (columns % 4)
    else break
  }
  return columns
}

function withoutColumns(line: string, shift: number): string {
  if (shift === 0) return line
  const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0
  const left = columnsOf(line) - shift
  return `${' '.repeat(Math.max(0, left))}${line.slice(indent)}`
}
