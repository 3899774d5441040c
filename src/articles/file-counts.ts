import type { ArticleSettings } from '../publication/publication.ts'
import type { ArticleProblem, Hiding, LeftOut, LeftOutReason, Unpublished } from './article.ts'
import type { FileIndex } from './files/file-index.ts'
import { whyHidden } from './find.ts'

interface ReasonWords {
  /** Whether such a file is an article, or meant as one. */
  readonly isArticle: boolean
  /** To follow a count of one, and of several. */
  readonly one: string
  readonly many: string
}

function words(isArticle: boolean, one: string, many = one): ReasonWords {
  return { isArticle, one, many }
}

/** Why files are not served. */
export const leftOutReasons: Readonly<Record<LeftOutReason, ReasonWords>> = {
  draft: words(true, 'draft', 'drafts'),
  scheduled: words(true, 'dated ahead'),
  error: words(true, 'with an error'),
  translation: words(true, 'translation', 'translations'),
  hidden: words(true, 'hidden by its front matter', 'hidden by their front matter'),
  undated: words(false, 'without a date'),
  page: words(false, 'page by its name', 'pages by their names'),
  section: words(false, 'section page (_index)', 'section pages (_index)'),
  partial: words(false, 'partial (_name)', 'partials (_name)'),
  template: words(false, 'in a folder of layouts, includes or builds'),
  notebook: words(false, 'source of a Markdown file beside it', 'sources of Markdown files beside them'),
  other_name: words(false, 'copy or template by its name', 'copies or templates by their names'),
  dot_file: words(false, 'in node_modules or under a name with a dot'),
  outside: words(false, 'outside the articles folder'),
}

/** What decides whether a file is served. */
export interface Chosen {
  readonly due: readonly { readonly parsed: { readonly path: string } }[]
  /** Protected and expired ones, which have no page. */
  readonly hidden: readonly { readonly parsed: { readonly path: string }; readonly hiding: Hiding | undefined }[]
  readonly unpublished: readonly Unpublished[]
  readonly translations: ReadonlyMap<string, string>
  readonly problems: readonly ArticleProblem[]
}

/** Every file of the index that is not served, in the order of the index. Together with the served ones they are all files. */
export function findLeftOut(index: FileIndex, { due, hidden, unpublished, translations, problems }: Chosen): LeftOut[] {
  const served = new Set(due.map(({ parsed }) => parsed.path))
  if (served.size === index.size) return []
  const hidings = new Map(
    [...hidden, ...unpublished].flatMap((one) =>
      one.hiding && one.hiding.kind !== 'draft' ? [['parsed' in one ? one.parsed.path : one.path, one.hiding]] : [],
    ),
  )
  const waiting = new Map(unpublished.map((one) => [one.path, one]))
  const errors = new Map<string, string>()
  for (const { severity, path, reason } of problems) if (severity === 'error' && !errors.has(path)) errors.set(path, reason)
  const leftOut: LeftOut[] = []
  for (const { path, notArticle } of index.values()) {
    if (served.has(path)) continue
    const translation = translations.get(path)
    const waits = waiting.get(path)
    const error = errors.get(path)
    const hiding = hidings.get(path)
    if (translation !== undefined) leftOut.push({ path, reason: 'translation', detail: translation })
    else if (waits?.publishedAt) leftOut.push({ path, reason: 'scheduled', detail: `waits until ${waits.publishedAt.toISOString()}` })
    else if (hiding) leftOut.push({ path, reason: 'hidden', detail: whyHidden(hiding) })
    else if (waits) leftOut.push({ path, reason: 'draft', detail: 'is a draft' })
    else if (error !== undefined) leftOut.push({ path, reason: 'error', detail: `has an error: ${error}` })
    else if (notArticle) leftOut.push({ path, ...notArticle })
    else leftOut.push({ path, reason: 'hidden', detail: 'is hidden by its front matter' })
  }
  return leftOut
}

/** Counts of files by what became of them. They add up to `total`. */
export interface FileCounts {
  readonly total: number
  readonly served: number
  /** Reason → number of files. Only reasons that occur. */
  readonly left_out: Readonly<Partial<Record<LeftOutReason, number>>>
  readonly not_articles: Readonly<Partial<Record<LeftOutReason, number>>>
}

export function countFiles(served: number, leftOut: readonly LeftOut[]): FileCounts {
  const counts = { left_out: {} as Partial<Record<LeftOutReason, number>>, not_articles: {} as Partial<Record<LeftOutReason, number>> }
  const found = Map.groupBy(leftOut, ({ reason }) => reason)
  for (const reason of Object.keys(leftOutReasons) as LeftOutReason[]) {
    const number = found.get(reason)?.length ?? 0
    if (number > 0) counts[leftOutReasons[reason].isArticle ? 'left_out' : 'not_articles'][reason] = number
  }
  return { total: served + leftOut.length, served, ...counts }
}

/** One line: `12 Markdown files: 8 served; 3 left out (3 translations); 1 not an article (1 without a date)`. */
export function describeCounts({ total, served, left_out, not_articles }: FileCounts): string {
  const part = (counts: FileCounts['left_out'], one: string, many: string) => {
    const entries = Object.entries(counts) as [LeftOutReason, number][]
    const sum = entries.reduce((all, [, number]) => all + number, 0)
    const reasons = entries.map(([reason, number]) => `${written(number)} ${leftOutReasons[reason][number === 1 ? 'one' : 'many']}`)
    return sum === 0 ? [] : [`${written(sum)} ${sum === 1 ? one : many} (${reasons.join(', ')})`]
  }
  const parts = [
    `${written(served)} served`,
    ...part(left_out, 'left out', 'left out'),
    ...part(not_articles, 'not an article', 'not articles'),
  ]
  return `${written(total)} Markdown ${total === 1 ? 'file' : 'files'}: ${parts.join('; ')}`
}

/** Says which files have no date, and how to date them. Undefined if there are none. */
export function undatedNotice(leftOut: readonly LeftOut[], { undated = 'leave_out' }: ArticleSettings): string | undefined {
  const paths = leftOut.filter(({ reason }) => reason === 'undated').map(({ path }) => path)
  if (paths.length === 0) return undefined
  const rest = paths.length > 3 ? ` and ${written(paths.length - 3)} more` : ''
  const subject = paths.length === 1 ? '1 file has no date' : `${written(paths.length)} files have no date`
  const remedy =
    undated === 'git'
      ? 'git does not know them: commit them'
      : 'to date them, set articles: { undated: git } or { undated: first_seen } in publication.yaml'
  return `${subject}: ${paths.slice(0, 3).join(', ')}${rest}. They are not articles; ${remedy}`
}

function written(number: number): string {
  return number.toLocaleString('en')
}
