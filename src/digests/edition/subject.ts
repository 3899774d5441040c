import { fillTemplateLine } from '../../platform/one-line-template.ts'
import type { Publication } from '../../publication/publication.ts'
import type { IssueArticle, IssueContent } from '../issue/issue.ts'

/** The subject of an issue (`date` as its readers write it) for one list of its articles, by the pattern of its digest, or else by its title and the lead. */
export function subjectOf(
  publication: Publication,
  issue: { readonly digest: string; readonly number: number; readonly date: string },
  content: IssueContent,
  articles: readonly IssueArticle[],
): string {
  const lead = articles[0]?.values.title ?? ''
  const usual = content.isSingle ? lead : `${content.digestTitle}: ${lead}`
  if (content.subject === undefined) return usual
  const values = {
    publication: { title: publication.title },
    digest: { name: issue.digest, title: content.digestTitle },
    issue: { number: issue.number, date: issue.date },
    articles: articles.map(({ values: { title, subtitle, author, topic } }) => ({ title, subtitle, author, topic })),
  }
  // A pattern that makes nothing of these articles must not hold up the issue.
  return fillTemplateLine(content.subject, values) ?? usual
}
