import { fillTemplateLine } from '../../platform/one-line-template.ts'
import type { Publication } from '../../publication/publication.ts'
import type { IssueArticle, IssueContent } from '../issue/issue.ts'
import { wordsFor } from '../notes/note.ts'

/** The subject of an edition: that of its note, else the `subject` template of its digest, else its title and the first article. `date` is formatted for readers. */
export function subjectOf(
  publication: Publication,
  issue: { readonly digest: string; readonly number: number; readonly date: string },
  content: IssueContent,
  articles: readonly IssueArticle[],
): string {
  const written = content.note && wordsFor(content.note, publication.language, publication.language).subject
  if (written !== undefined) return written
  const firstTitle = articles[0]?.values.title ?? ''
  const fallback = content.isSingle ? firstTitle : firstTitle === '' ? content.digestTitle : `${content.digestTitle}: ${firstTitle}`
  if (content.subject === undefined) return fallback
  const values = {
    publication: { title: publication.title },
    digest: { name: issue.digest, title: content.digestTitle },
    issue: { number: issue.number, date: issue.date },
    articles: articles.map(({ values: { title, subtitle, author, topic } }) => ({ title, subtitle, author, topic })),
  }
  // A template that fails or is empty must not block the issue.
  return fillTemplateLine(content.subject, values) ?? fallback
}
