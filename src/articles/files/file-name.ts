import { cleanLine } from '../../platform/text.ts'

/** Markdoc ends in `.mdoc`, Quarto in `.qmd`, R Markdown in `.Rmd`, mdsvex in `.svx`, ikiwiki in `.mdwn`. */
const endings = 'md|mdx|markdown|mdown|mkdn?|mkdown|mdwn|mdtxt|mdtext|mmd|mdoc|qmd|rmd|rmarkdown|svx'
const extension = new RegExp(`\\.(?:${endings})$`, 'i')
/** Middleman and others name the page that they make: `x.html.markdown`. */
const wholeExtension = new RegExp(`(?:\\.x?html?)?\\.(?:${endings})$`, 'i')
/** A copy, a template or a download of a Markdown file, such as `x.md.bak`, `x.md~` and `x.md.erb`. */
const nearExtension = new RegExp(`\\.(?:${endings})(?:~|\\.[\\w~-]{1,12})$`, 'i')
const notebookExtension = /\.(?:qmd|rmd|rmarkdown)$/i

export function isMarkdown(path: string): boolean {
  return extension.test(path)
}

/** Whether the name looks like that of a Markdown file but is not read as one. */
export function isNearlyMarkdown(path: string): boolean {
  return nearExtension.test(path) && !isMarkdown(path) && !otherFormats.test(path)
}

/** Files beside a Markdown file that have its whole name in theirs. */
const otherFormats = /\.(?:json|ya?ml|toml|lock|png|jpe?g|gif|webp|svg|avif|html?|css|js|ts|map|pdf|gz|br|zip)$/i

/** Quarto and knitr make a Markdown file from these, often beside them. */
export function isNotebook(path: string): boolean {
  return notebookExtension.test(path)
}

export function withoutExtension(path: string): string {
  return path.replace(wholeExtension, '')
}

/** Facts read from the path of a file (with forward slashes). */
export interface PathFacts {
  /** The file's name without a leading date. For an index file, its folder's name. */
  readonly slug: string
  /** The same with the date. */
  readonly name: string
  /** `2021-02-03`, from the file name or from year, month and day folders. */
  readonly date: string | undefined
  /** Lowercase language tag such as `pt-br`, from `index.fr.md` or `fr/index.md`. */
  readonly language: string | undefined
  /** Equal for all translations of one article. */
  readonly translationKey: string
}

/** `isAlone`: its folder has no other article, so that a file called `page` or `post` has the name of the folder. */
export function readPath(path: string, isAlone = true): PathFacts {
  const bare = withoutExtension(path)
  const { rest, language } = splitLanguage(bare)
  const segments = rest.split('/')
  const last = segments.at(-1) ?? ''
  const isIndex = segments.length > 1 && (/^(?:index|readme|\+page)$/i.test(last) || (isAlone && isNamedByFolder(path)))
  const named = isIndex ? folderOf(segments) : segments
  const date = dateIn(named.join('/'))
  const name = named.at(-1) ?? ''
  const dateEnd = date ? date.end - (named.join('/').length - name.length) : 0
  const undated = dateEnd > 0 ? name.slice(dateEnd).replace(/^[-_. ]+/, '') : name.replace(position, '')
  return {
    slug: toSlug(undated || name),
    name: toSlug(name),
    date: date?.text,
    language: language ?? segmentLanguage(bare),
    translationKey: translationKeyOf(named),
  }
}

/** Nuxt Content puts files and folders in order by a number and a dot. `3.14-is-pi` is a name. */
const position = /^\d{1,3}\.(?=\p{L})/u

/** Names of folders that hold many articles. */
const collections = /^(?:|\.|_?posts?|blogs?|articles?|content|contents|notes|news|pages|src|app|docs|\d+)$/i

/** Whether a file in a folder of its own has the name of the folder: `about-boats/page.mdx` of Next. */
export function isNamedByFolder(path: string): boolean {
  if (!/\/(?:page|post|article|content)\.[^/]*$/i.test(path)) return false
  const { rest } = splitLanguage(withoutExtension(path))
  const [folder = '', name = ''] = rest.split('/').slice(-2)
  return /^(?:page|post|article|content)$/i.test(name) && !collections.test(folder) && !isLanguage(folder)
}

/** The folder of an index file, without folders of languages inside it. */
function folderOf(segments: readonly string[]): readonly string[] {
  let end = segments.length - 1
  while (end > 1 && isLanguage(segments[end - 1] ?? '')) end--
  return segments.slice(0, end)
}

function toSlug(name: string): string {
  return cleanLine(name).replace(/[/\\?#%\s]+/g, '-')
}

const dated = /(?:^|\/)(\d{4})(?:([-_/.])(\d{1,2})[-_/.](\d{1,2})|(\d{2})(\d{2}))(?=[-_/. T]|$)/g

/** The last date in a path, and the index of its end. */
function dateIn(path: string): { text: string; end: number } | undefined {
  if (!/(?:^|\/)\d{4}/.test(path)) return undefined
  let found: { text: string; end: number } | undefined
  for (const match of path.matchAll(dated)) {
    const [whole, year = '', , month = match[5] ?? '', day = match[6] ?? ''] = match
    const isDay = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31
    if (isDay && Number(year) >= 1970) found = { text: `${year}-${month}-${day}`, end: match.index + whole.length }
  }
  return found
}

/** Languages recognised in file names. Other two-letter endings are not language tags. */
const languages = new Set(
  'ar bg bn ca cs da de el en eo es et eu fa fi fr gl he hi hr hu hy id is it ja ka ko lt lv mk ml mr ms nb nl nn no pl pt ro ru sk sl sq sr sv ta te th tr uk ur vi zh'.split(
    ' ',
  ),
)

function isLanguage(tag: string): boolean {
  return /^[a-z]{2}(?:[-_][a-z]{2,4})?$/i.test(tag) && languages.has(tag.slice(0, 2).toLowerCase())
}

function splitLanguage(bare: string): { rest: string; language: string | undefined } {
  const dot = bare.lastIndexOf('.')
  const tag = dot > bare.lastIndexOf('/') + 1 ? bare.slice(dot + 1) : ''
  return isLanguage(tag) ? { rest: bare.slice(0, dot), language: normal(tag) } : { rest: bare, language: undefined }
}

function segmentLanguage(bare: string): string | undefined {
  const found = bare.split('/').slice(0, -1).find(isLanguage)
  return found === undefined ? undefined : normal(found)
}

function translationKeyOf(segments: readonly string[]): string {
  return segments.filter((segment, index) => index === segments.length - 1 || !isLanguage(segment)).join('/')
}

function normal(tag: string): string {
  return tag.toLowerCase().replace('_', '-')
}
