import { parse } from 'csv-parse'
import { toUtf8 } from './decode-text.ts'

export interface TableRow {
  /** As spreadsheets count: the header is row 1. */
  readonly number: number
  readonly cells: readonly string[]
  /** True for a last row without a line end: the file may have been cut off in it. */
  readonly isOpen: boolean
}

export interface Table {
  readonly delimiter: string
  readonly header: readonly string[]
  /** All rows in order, some at a time. Ends early if the rest of the file cannot be read. */
  readonly rows: AsyncIterable<readonly TableRow[]>
  /** Known after the last row: the first row that could not be read, and why. */
  readonly fault: () => TableFault | undefined
}

export interface TableFault {
  readonly number: number
  readonly reason: string
  /** Number of lines that were not read. Undefined if the rest of the file was not read. */
  readonly lines: number | undefined
}

export type TableOpening = { readonly ok: true; readonly table: Table } | { readonly ok: false; readonly reason: string }

/** A larger row is treated as an unclosed quote. This is also the memory limit per row. */
const maxRowBytes = 16 * 1024 * 1024
/** Maximum size of the header. */
const maxHeaderBytes = 65_536
const delimiters = [',', ';', '\t', '|']

/**
 * Reads CSV (RFC 4180) as real programs write it. Fields are separated by commas, semicolons, tabs or bars, with any line ends, misplaced quotes
 * and any common encoding.
 */
export async function openTable(bytes: AsyncIterable<Uint8Array>): Promise<TableOpening> {
  const chunks = toUtf8(bytes)
  let head = Buffer.alloc(0)
  let line: string | undefined
  while (line === undefined && head.length < maxHeaderBytes) {
    const next = await chunks.next()
    if (next.done) line = head.toString()
    else {
      head = Buffer.concat([head, next.value])
      line = firstLine(head.toString())
    }
  }
  if (line === undefined) return { ok: false, reason: `row 1 does not end within ${maxHeaderBytes / 1024} KB: this is not a CSV file` }
  if (line.trim() === '' && head.toString().trim() === '') return { ok: false, reason: 'the file is empty' }
  if (line.includes('\0')) return { ok: false, reason: 'row 1 contains zero bytes: this is not a CSV file' }
  // Excel writes the delimiter on a line above the header.
  const declared = /^sep=([,;\t|])$/.exec(line)?.[1]
  if (declared !== undefined) head = head.subarray(head.indexOf('\n') + 1)
  const delimiter = declared ?? mostFrequent(line)
  const reading = readRows(prepend(head, chunks), delimiter, declared === undefined ? 1 : 2)
  const first = await reading.rows.next()
  const [header, ...others] = first.done ? [] : first.value
  if (!header) return { ok: false, reason: reading.fault()?.reason ?? 'the file is empty' }
  return {
    ok: true,
    table: {
      delimiter,
      header: header.cells.map((cell) => cell.trim()),
      rows: others.length > 0 ? prepend(others, reading.rows) : reading.rows,
      fault: reading.fault,
    },
  }
}

/** The first line without its line end; it may contain quoted line breaks. Undefined if it is incomplete. */
function firstLine(text: string): string | undefined {
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && (character === '\n' || character === '\r')) return text.slice(0, index)
  }
  return undefined
}

function mostFrequent(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = delimiters.map((delimiter) => bare.split(delimiter).length)
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ','
}

/** Collects rows as they are parsed, because csv-parse drops buffered rows on an error. */
function readRows(chunks: AsyncIterable<Buffer>, delimiter: string, firstNumber: number) {
  let fault: TableFault | undefined
  const collected: TableRow[] = []
  let number = firstNumber - 1
  let endsAtLine = 0
  let lastByte: number | undefined
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: maxRowBytes,
    on_record: (cells: string[], { lines }) => {
      number++
      endsAtLine = lines
      // A blank line counts as a row of the spreadsheet, but contains no subscriber.
      if (cells.length > 1 || cells[0] !== '') collected.push({ number, cells, isOpen: false })
      return null
    },
  })
  parser.on('error', () => {})
  parser.resume()

  async function* rows(): AsyncGenerator<readonly TableRow[]> {
    let error: (Error & { code?: string }) | undefined
    for await (const chunk of chunks) {
      lastByte = chunk.at(-1) ?? lastByte
      error = await new Promise((resolve) => parser.write(chunk, (failure) => resolve(failure ?? undefined)))
      if (error) break
      if (collected.length > 0) yield collected.splice(0)
    }
    const before = number
    error ??= await new Promise((resolve) => {
      parser.once('error', resolve)
      parser.end(() => resolve(undefined))
    })
    const [last] = collected.slice(-1)
    const isClosed = lastByte === 0x0a || lastByte === 0x0d
    if (last && number > before && !isClosed) collected[collected.length - 1] = { ...last, isOpen: true }
    if (collected.length > 0) yield collected.splice(0)
    if (error) fault = describe(error, number + 1, parser.info.lines - endsAtLine)
  }
  return { rows: rows(), fault: () => fault }
}

function describe(error: Error & { code?: string }, number: number, lines: number): TableFault {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return { number, lines, reason: 'a quote is not closed before the end of the file' }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const size = maxRowBytes / 1024 / 1024
    return { number, lines: undefined, reason: `the row is larger than ${size} MB (is a quote not closed?); nothing after it was read` }
  }
  return { number, lines: undefined, reason: `the rest of the file is not valid CSV: ${error.message}` }
}

async function* prepend<Item>(first: Item, rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield first
  yield* rest
}
