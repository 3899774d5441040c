import { parse } from 'csv-parse'
import { toUtf8 } from './decode-text.ts'

export interface TableRow {
  /** As a spreadsheet numbers it: the header is row 1. */
  readonly number: number
  readonly cells: readonly string[]
  /** True of a last row that no line end follows: the file may have been cut off in it. */
  readonly isOpen: boolean
}

export interface Table {
  readonly delimiter: string
  readonly header: readonly string[]
  /** All rows in order, some at a time. Ends early where the file cannot be read any further. */
  readonly rows: AsyncIterable<readonly TableRow[]>
  /** Known when the rows have ended: from which row on the file could not be read, and why. */
  readonly fault: () => TableFault | undefined
}

export interface TableFault {
  readonly number: number
  readonly reason: string
  /** Lines that went unread with it; undefined where everything after it did. */
  readonly lines: number | undefined
}

export type TableOpening = { readonly ok: true; readonly table: Table } | { readonly ok: false; readonly reason: string }

/** A row larger than this is taken for a quote that nobody closed. It is what one row may cost in memory. */
const maxRowBytes = 16 * 1024 * 1024
/** What the header has to fit in. */
const maxHeaderBytes = 65_536
const delimiters = [',', ';', '\t', '|']

/**
 * Reads CSV (RFC 4180) as the programs of this world write it: with commas, semicolons, tabs or bars between, any line
 * ends, quotes where they do not belong, and in any of the usual encodings.
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
  if (line === undefined) return { ok: false, reason: `row 1 has no end within ${maxHeaderBytes / 1024} KB: this is no CSV file` }
  if (line.trim() === '' && head.toString().trim() === '') return { ok: false, reason: 'the file is empty' }
  if (line.includes('\0')) return { ok: false, reason: 'row 1 has zero bytes in it: this is no CSV file' }
  // Excel's own way of saying it, on a line above the header.
  const said = /^sep=([,;\t|])$/.exec(line)?.[1]
  if (said !== undefined) head = head.subarray(head.indexOf('\n') + 1)
  const delimiter = said ?? mostFrequent(line)
  const reading = readRows(prepend(head, chunks), delimiter, said === undefined ? 1 : 2)
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

/** The first line without its end, quoted line breaks and all; undefined where it has not ended yet. */
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

/** csv-parse drops the rows before an error from its own buffer: so they are taken from it as they are read. */
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
      // A blank line is a row of a spreadsheet, and nobody's.
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
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return { number, lines, reason: 'a quote is opened and not closed before the end of the file' }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const size = maxRowBytes / 1024 / 1024
    return { number, lines: undefined, reason: `the row is larger than ${size} MB (is a quote not closed?); nothing after it was read` }
  }
  return { number, lines: undefined, reason: `the file cannot be read as CSV any further: ${error.message}` }
}

async function* prepend<Item>(first: Item, rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield first
  yield* rest
}
