import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Dialect, type DialectsInUse, dialectNames } from '../publication/dialects.ts'
import type { Publication } from '../publication/publication.ts'
import { type FileIndex, readAgain, readFileIndex } from './files/file-index.ts'
import type { FileRecord } from './files/read-file.ts'
import type { ParseSettings } from './parse.ts'

type Settings = Omit<ParseSettings, 'dialects'>

/** The dialects that are known before a file is read: those set, or those stored and those of a generator's config file. */
export function knownDialects(publication: Publication, stored: DialectsInUse): DialectsInUse {
  const set = publication.articles.dialects
  if (set !== 'auto') return new Map(set.map((dialect) => [dialect, 'articles.dialects']))
  return inOrder(new Map([...configuredDialects(publication), ...stored]))
}

/** Reads all files, and reads those again that turn out to use a dialect that was not known. */
export async function readWithDialects(
  settings: Settings,
  paths: readonly string[],
  known: DialectsInUse,
): Promise<{ index: FileIndex; dialects: DialectsInUse }> {
  const index = await readFileIndex({ ...settings, dialects: new Set(known.keys()) }, paths)
  return readNewDialects(settings, index, known)
}

/** Looks for dialects that the files show. Where there is a new one, reads the files again that have its signs. */
export async function readNewDialects(
  settings: Settings,
  index: FileIndex,
  known: DialectsInUse,
): Promise<{ index: FileIndex; dialects: DialectsInUse }> {
  const found = settings.publication.articles.dialects === 'auto' ? shownDialects(index, known) : new Map<Dialect, string>()
  if (found.size === 0) return { index, dialects: known }
  const dialects = inOrder(new Map([...known, ...found]))
  const isConcerned = ({ content, problems }: FileRecord) =>
    // While an edit has errors, its last good version stays in service.
    content !== undefined &&
    !problems.some(({ severity }) => severity === 'error') &&
    [...content.parsed.signs.certain, ...content.parsed.signs.possible].some((dialect) => found.has(dialect))
  const paths = [...index.values()].filter(isConcerned).map(({ path }) => path)
  const others = new Map([...index].filter(([, record]) => !isConcerned(record)))
  const again = await readAgain({ ...settings, dialects: new Set(dialects.keys()) }, others, paths)
  return { index: again ?? others, dialects }
}

/** Names with the reasons, such as `hugo (hugo.toml), obsidian (notes/a.md)`. */
export function describeDialects(dialects: DialectsInUse): string {
  return [...dialects].map(([name, why]) => `${name} (${why})`).join(', ')
}

/** In files: how many must hold a form that prose may contain too. */
const filesWithPossibleForm = 3

function shownDialects(index: FileIndex, known: DialectsInUse): Map<Dialect, string> {
  const found = new Map<Dialect, string>()
  const possible = new Map<Dialect, number>()
  for (const { path, content } of index.values()) {
    if (!content) continue
    const { signs } = content.parsed
    for (const dialect of signs.certain) if (!known.has(dialect) && !found.has(dialect)) found.set(dialect, path)
    for (const dialect of [...signs.certain, ...signs.possible]) possible.set(dialect, (possible.get(dialect) ?? 0) + 1)
  }
  for (const [dialect, files] of possible)
    if (files >= filesWithPossibleForm && !known.has(dialect) && !found.has(dialect)) found.set(dialect, `${files} files`)
  return found
}

const scripts = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts']
const scripted = (name: string) => scripts.map((extension) => `${name}.${extension}`)

/** Config files and folders of generators, and the dialects that their articles are written in. */
const configFiles: readonly (readonly [readonly string[], readonly Dialect[]])[] = [
  [['hugo.toml', 'hugo.yaml', 'hugo.yml', 'hugo.json', 'config/_default'], ['hugo']],
  [['_config.yml', '_config.yaml', '_config.toml', 'zola.toml', '.eleventy.js', ...scripted('eleventy.config')], ['jekyll']],
  [
    [...scripted('astro.config'), ...scripted('docusaurus.config')],
    ['mdx', 'mdc'],
  ],
  [[...scripted('next.config'), ...scripted('gatsby-config')], ['mdx']],
  [[...scripted('nuxt.config'), ...scripted('content.config'), '.vitepress', '.vuepress'], ['mdc']],
  [['.obsidian'], ['obsidian']],
]

/** How many folders above the content folder are looked at. */
const foldersAbove = 4

function configuredDialects({ contentFolder, articlesFolder }: Publication): Map<Dialect, string> {
  const found = new Map<Dialect, string>()
  for (const folder of foldersToSearch(contentFolder, articlesFolder)) {
    for (const [names, dialects] of configFiles) {
      const name = names.find((one) => existsSync(join(folder, one)))
      if (name !== undefined) for (const dialect of dialects) if (!found.has(dialect)) found.set(dialect, name)
    }
    for (const name of ['config.toml', 'config.yaml', 'config.yml', 'config.json']) {
      const dialect = dialectOfPlainConfig(join(folder, name))
      if (dialect !== undefined && !found.has(dialect)) found.set(dialect, name)
    }
  }
  return found
}

/** From the articles folder upwards, to the root of a repository at most. */
function foldersToSearch(contentFolder: string, articlesFolder: string): string[] {
  const folders: string[] = []
  let above = 0
  for (let folder = articlesFolder; above <= foldersAbove; folder = dirname(folder)) {
    folders.push(folder)
    if (contentFolder === folder || !`${folder}/`.startsWith(`${contentFolder}/`)) above++
    if ((above > 0 && existsSync(join(folder, '.git'))) || dirname(folder) === folder) break
  }
  return folders
}

/** Hugo before 0.110 and Zola share the name `config.toml`, and other programs use it too. The key of the site's address tells. */
function dialectOfPlainConfig(file: string): Dialect | undefined {
  if (!existsSync(file)) return undefined
  try {
    const text = readFileSync(file, 'utf8').slice(0, 100_000)
    if (/^[ \t]*["']?baseurl["']?[ \t]*[:=]/im.test(text)) return 'hugo'
    return /^base_url[ \t]*=/m.test(text) && basename(file) === 'config.toml' ? 'jekyll' : undefined
  } catch {
    return undefined
  }
}

function inOrder(dialects: DialectsInUse): DialectsInUse {
  return new Map(
    dialectNames.flatMap((name) => {
      const why = dialects.get(name)
      return why === undefined ? [] : [[name, why] as const]
    }),
  )
}
