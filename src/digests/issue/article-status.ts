import type { Article } from '../../articles/article.ts'
import type { DigestsContext } from '../context.ts'
import { isAbout } from './choose-articles.ts'
import { readIssueByNumber, readLastIssue } from './issue-store.ts'
import { readLedgerOf } from './ledger-store.ts'
import { comingNote } from './next-issue.ts'

/** The status of an article in one digest. `reason` says why it is excluded. */
export interface ArticleStatus {
  readonly digest: string
  readonly state: 'pending' | 'issued' | 'excluded'
  /** The number of the issue that contains it. */
  readonly issue: number | undefined
  readonly reason: string | undefined
}

export async function articleStatuses(context: DigestsContext, articles: readonly Article[]): Promise<Map<string, ArticleStatus[]>> {
  const entries = await readLedgerOf(
    context.database,
    articles.map((article) => article.id),
  )
  const { digests } = context.publication()
  const postponed = await postponedBy(context, [...digests.keys()])
  return new Map(
    articles.map((article) => [
      article.id,
      [...digests.values()].map((definition): ArticleStatus => {
        const entry = entries.find((one) => one.articleId === article.id && one.digest === definition.name)
        if (entry?.issueNumber !== undefined)
          return { digest: definition.name, state: 'issued', issue: entry.issueNumber, reason: undefined }
        if (entry) return { digest: definition.name, state: 'excluded', issue: undefined, reason: entry.reason }
        const reason = reasonAgainst(article)
        if (reason !== undefined) return { digest: definition.name, state: 'excluded', issue: undefined, reason }
        const reasonToWait = postponed.get(definition.name)?.(article.id)
        if (isAbout(definition, article)) return { digest: definition.name, state: 'pending', issue: undefined, reason: reasonToWait }
        return { digest: definition.name, state: 'excluded', issue: undefined, reason: 'not about a topic of this digest' }
      }),
    ]),
  )
}

/** The statuses of one article, with the note that moves it in the next issue, or moved it in an issue that carried it. */
export async function articleStatusesWithNotes(context: DigestsContext, article: Article): Promise<ArticleStatus[]> {
  const statuses = (await articleStatuses(context, [article])).get(article.id) ?? []
  return Promise.all(
    statuses.map(async (status) => {
      const reason = await reasonOfNote(context, article, status)
      return reason === undefined ? status : { ...status, reason }
    }),
  )
}

async function reasonOfNote(
  context: DigestsContext,
  article: Article,
  { digest, state, issue }: ArticleStatus,
): Promise<string | undefined> {
  if (issue !== undefined) {
    const content = (await readIssueByNumber(context.database, digest, issue))?.content
    return content?.note?.led.includes(article.id) ? `put first by its note${placeOf(content.note.file)}` : undefined
  }
  const definition = context.publication().digests.get(digest)
  if (!definition || state !== 'pending') return undefined
  const { number, noted } = await comingNote(context, definition, [article])
  const { excluded, postponed, led } = noted.arranged
  const how = excluded.length > 0 ? 'excluded' : postponed.length > 0 ? 'postponed' : led.includes(article.id) ? 'put first' : undefined
  return how && `${how} by the note of the next issue, No. ${number}${placeOf(noted.chosen.file?.place ?? null)}`
}

function placeOf(file: string | null): string {
  return file === null ? '' : `, ${file}`
}

/** An issue that carried an article. */
export interface IssueOfArticle {
  readonly digest: string
  readonly issueId: string
  readonly number: number
}

/** The issues that carried each article, by article id. */
export async function issuesOfArticles(context: DigestsContext, articleIds: readonly string[]): Promise<Map<string, IssueOfArticle[]>> {
  const entries = await readLedgerOf(context.database, articleIds)
  const issues = new Map<string, IssueOfArticle[]>()
  for (const { articleId, digest, issueId, issueNumber: number } of entries) {
    if (issueId === undefined || number === undefined) continue
    issues.set(articleId, [...(issues.get(articleId) ?? []), { digest, issueId, number }])
  }
  return issues
}

/** By digest: why an article waits, if the note of the last issue postponed it. */
async function postponedBy(context: DigestsContext, digests: readonly string[]): Promise<Map<string, (id: string) => string | undefined>> {
  const waits = new Map<string, (id: string) => string | undefined>()
  for (const digest of digests) {
    const last = await readLastIssue(context.database, digest)
    const note = last?.content.note
    if (!last || !note || note.postponed.length === 0) continue
    const reason = `postponed by the note of No. ${last.number}${placeOf(note.file)}`
    waits.set(digest, (id) => (note.postponed.includes(id) ? reason : undefined))
  }
  return waits
}

/** Why no digest may send the article, such as `expired on 2026-11-10`. */
function reasonAgainst({ isInMail, hiding }: Article): string | undefined {
  return isInMail ? undefined : (hiding?.words ?? 'mail: never')
}
