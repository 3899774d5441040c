import { wordsFor } from '../notes/note.ts'
import type { Issue, IssueArticle } from './issue.ts'

/** The articles of an issue that lists and feeds of issues may name: those without a page are for the readers of the issue. */
export function publicArticles({ content }: Pick<Issue, 'content'>): readonly IssueArticle[] {
  return content.articles.filter(({ isMailOnly }) => !isMailOnly)
}

/** The subject of an issue in lists and feeds. One that a mail-only article gave its title to gets that of the first other article. */
export function publicSubject(issue: Pick<Issue, 'content' | 'subject'>, language: string): string {
  const { content, subject } = issue
  const isByNote = content.note !== undefined && wordsFor(content.note, language, language).subject !== undefined
  if (isByNote || !content.articles[0]?.isMailOnly) return subject
  const [first] = publicArticles(issue)
  return first === undefined ? content.digestTitle : `${content.digestTitle}: ${first.values.title}`
}

/** Articles that are told whole on the page of their issue, because they have no page of their own. */
export function articlesToldHere({ content }: Pick<Issue, 'content'>): readonly (IssueArticle & { readonly anchor: string })[] {
  return content.articles.flatMap((article) => (article.anchor === undefined ? [] : [{ ...article, anchor: article.anchor }]))
}
