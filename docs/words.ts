// npm run words [-- FOLDER]: how many words and long sentences README, docs, comments and messages have.
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** More words than this need a second reading. */
export const maxSentenceWords = 25

/** Tokens between white space, as `wc -w` counts them. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter((token) => token !== '').length
}

/** The sentences of prose: paragraphs, list items, headings and table cells. A code span or an address counts as one word. */
export function sentencesOfMarkdown(markdown: string): string[] {
  const prose = markdown
    .replace(/^(```|~~~)[\s\S]*?^\1[^\n]*$/gm, '\n')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/(`+)[^`]+\1/g, 'code')
    .replace(/<(https?:[^>]*)>/g, 'address')
    .replace(/<[^>]*>/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|__/g, '')
  return prose.split('\n\n').flatMap((block) => blocksIn(block).flatMap(sentencesOf))
}

function blocksIn(block: string): string[] {
  const parts = block.replace(/^\s*(?:[-*+]|\d+\.|#{1,6}|>)\s+/gm, '\n\n')
  return parts.split('\n\n').flatMap((part) => (part.trimStart().startsWith('|') ? part.split(/[|\n]/) : [part]))
}

function sentencesOf(text: string): string[] {
  const line = text.replace(/\s+/g, ' ').trim()
  return (
    line
      .split(/(?<!\b(?:e\.g|i\.e|vs|No))(?<=[.!?]["')\]”’]{0,2}) (?=["'(“‘[]?[\p{Lu}\p{N}]|code\b)/u)
      // A row of names in a table is no sentence.
      .filter((sentence) => /\p{L}/u.test(sentence.replace(/\bcode\b/g, '')))
  )
}

export function wordsOfSentence(sentence: string): number {
  return sentence.split(/\s+/).filter((token) => /[\p{L}\p{N}]/u.test(token)).length
}

/** Comments and texts of TypeScript. SQL, and texts of fewer than three words, are no sentences. */
export function proseOfCode(source: string): { readonly comments: string[]; readonly texts: string[] } {
  const comments: string[] = []
  const texts: string[] = []
  // A slash begins a pattern where no value can end before it.
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*|(?<![\w)\]] ?)\/(?![*/\s])(?:\[(?:\\.|[^\]\\\n])*\]|\\.|[^/\\\n[])+\/[a-z]*|(\bsql)?`(?:\\[\s\S]|\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\}|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g
  for (const [found, isSql] of source.matchAll(token)) {
    if (/^\/[*/]/.test(found)) {
      const text = found.replace(/^\/\*\*?|\*\/$/g, '').replace(/^[ \t]*(?:\/\/|\*)/gm, '')
      if (!/biome-ignore|^#!/.test(text)) comments.push(text)
    } else if (!isSql && /^['"`]/.test(found)) {
      const text = found.slice(1, -1).replace(/\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\}/g, 'x')
      if (/[a-z]+ [a-z]+[^<>]* [a-z]+/.test(text) && !/^\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH)\b/.test(text))
        texts.push(text)
    }
  }
  return { comments, texts }
}

/** What readers and operators see of a template. */
function proseOfTemplate(source: string): string {
  return source
    .replace(/\{%-? *comment[\s\S]*?endcomment *-?%\}|<(?:mj-)?style[\s\S]*?<\/(?:mj-)?style>/g, '')
    .replace(/\{\{[^}]*\}\}/g, 'x')
    .replace(/\{%[\s\S]*?%\}/g, ' ')
    .replace(/<\/?(?:a|em|span|strong|code|br)\b[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '\n\n')
}

async function filesBelow(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  return names
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
    .sort()
}

async function measure(root: string): Promise<(readonly [string, number, number, number])[]> {
  const read = (files: readonly string[]) => Promise.all(files.map((file) => readFile(file, 'utf8')))
  const markdown = (texts: readonly string[]) => [texts.join('\n\n'), texts.flatMap(sentencesOfMarkdown)] as const
  const lines = (texts: readonly string[]) => [texts.join('\n\n'), texts.flatMap((text) => sentencesOfMarkdown(text.trim()))] as const
  const code = (await read(await filesBelow(join(root, 'src'), /\.ts$/))).map(proseOfCode)
  const tests = (await read(await filesBelow(join(root, 'test'), /\.ts$/))).map(proseOfCode)
  const templates = (await read(await filesBelow(join(root, 'templates'), /\.(?:liquid|mjml)$/))).map(proseOfTemplate)
  const groups = {
    README: markdown(await read([join(root, 'README.md')])),
    docs: markdown(await read(await filesBelow(join(root, 'docs'), /\.md$/))),
    'CONTRIBUTING, CHANGELOG, SECURITY': markdown(
      await read([join(root, 'CONTRIBUTING.md'), join(root, 'CHANGELOG.md'), join(root, 'SECURITY.md')]),
    ),
    'comments in src': lines(code.flatMap(({ comments }) => comments)),
    'comments in test': lines(tests.flatMap(({ comments }) => comments)),
    'messages in src': lines(code.flatMap(({ texts }) => texts)),
    'pages and mail': lines(templates),
  }
  return Object.entries(groups).map(([name, [text, sentences]]) => {
    const long = sentences.filter((sentence) => wordsOfSentence(sentence) > maxSentenceWords)
    return [name, countWords(text), sentences.length, long.length] as const
  })
}

if (import.meta.main) {
  const rows = await measure(resolve(process.argv[2] ?? '.'))
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(36) : String(cell).padStart(12))).join('')
  process.stdout.write(`${[['group', 'words', 'sentences', `over ${maxSentenceWords}`], ...rows].map(line).join('\n')}\n`)
}
