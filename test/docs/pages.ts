import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Fence {
  /** Page and line, for the message of a test that fails. */
  readonly place: string
  readonly language: string
  readonly text: string
}

export interface Page {
  /** Relative to the project: `docs/sending.md`. */
  readonly path: string
  readonly markdown: string
  readonly fences: readonly Fence[]
}

/** The front page, then the pages of docs/ in the order of their names, decision records included. */
export function readPages(): Page[] {
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  return ['README.md', ...below.map((name) => posix.join('docs', name.replaceAll('\\', '/'))).sort()].map(readPage)
}

export function readPage(path: string): Page {
  const markdown = readFileSync(join(root, path), 'utf8')
  const fences = [...markdown.matchAll(/^([ \t]*)```(\w*)[^\n]*\n([\s\S]*?)^\1```$/gm)].map(
    ({ 1: indent = '', 2: language = '', 3: text = '', index }) => ({
      place: `${path}:${markdown.slice(0, index).split('\n').length}`,
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
  return { path, markdown, fences }
}

/** Commands of a fence of `sh`: one a line, a backslash goes on, `&&` parts two. */
export function commandsOf(fence: Fence): string[] {
  return fence.text
    .replace(/\\\n\s*/g, '')
    .split(/\n|&&/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** The words of a command as a shell parts them, `$NAME` filled in outside of single quotes. */
export function shellWords(command: string, environment: Readonly<Record<string, string>> = {}): string[] {
  const filled = (text: string) => text.replace(/\$(\w+)/g, (whole, name: string) => environment[name] ?? whole)
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(
      /'([^']*)'|"([^"]*)"|([^'"]+)/g,
      (_, single?: string, double?: string, bare?: string) => single ?? filled(double ?? bare ?? ''),
    ),
  )
}

/** The section below a heading, up to the next one of its rank or above. */
export function sectionOf({ path, markdown }: Page, heading: string): string {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => /^#{1,6} /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`)
  const rank = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0
  const length = lines.slice(start + 1).findIndex((line) => (/^#+(?= )/.exec(line)?.[0].length ?? 7) <= rank)
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n')
}

/** The rows of the first table of `markdown` whose first column is called `head`: its cells, without blanks around them. */
export function tableIn(markdown: string, head: string): string[][] {
  const tables = markdown.match(/(?:^\|.*\n?)+/gm) ?? []
  for (const table of tables) {
    const [header = [], , ...rows] = table.trim().split('\n').map(cellsOf)
    if (header[0] === head) return rows
  }
  throw new Error(`there is no table with the column "${head}"`)
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
}

/** The code spans of a cell. */
export function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}
