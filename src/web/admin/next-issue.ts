import type { Article } from '../../articles/article.ts'
import type { LeftOutArticle, LeftOutKind, NextIssue } from '../../digests/issue/next-issue.ts'
import { describeFaults } from '../../digests/notes/issue-note.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { fullTime } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, words } from './desk-page.ts'

/** Articles listed by name in one group; the rest is counted. */
const namedInGroup = 20
/** Links of an issue listed by name. */
const namedLinks = 50

/** What the next issue carries, in order, why, and what it leaves out, for the page of its digest. */
export function nextIssueValues(desk: DeskContext, definition: DigestDefinition, next: NextIssue, slot: Date | undefined) {
  const named = next.included.slice(0, definition.maxArticles + namedLinks)
  return {
    number: next.number,
    subject: next.subject ?? null,
    is_sendable: next.isSendable,
    note_source: next.noted.chosen.note ? (next.noted.chosen.origin ?? null) : null,
    note_file: next.noted.chosen.file?.place ?? null,
    note_fault: next.noted.faults.length > 0 ? inEnglish(describeFaults(desk.digests, next.noted.faults)) : null,
    slot: slot ? fullTime(desk.publication(), slot) : null,
    count: next.included.length,
    articles: named.map((article, index) => ({
      title: article.title,
      href: articleHref(desk, article.path),
      is_lead: index === 0,
      is_link: index >= definition.maxArticles,
      why: whyIncluded(desk, definition, article),
    })),
    more: next.included.length - named.length,
    reason: next.number === 1 ? words(desk, 'digest.why_first') : words(desk, 'digest.why_new', { number: next.number - 1 }),
    left_out_count: next.leftOut.reduce((sum, { articles }) => sum + articles.length, 0),
    left_out: next.leftOut.map(({ kind, articles }) => ({
      words: words(desk, `digest.left_out_${kind}`, { count: articles.length }),
      articles: articles.slice(0, namedInGroup).map((article) => ({
        title: article.title,
        href: articleHref(desk, article.path),
        note: noteOf(desk, kind, article),
      })),
      more: Math.max(0, articles.length - namedInGroup),
    })),
  }
}

/** The topics of the digest that the article is about; null where the digest takes all topics. */
function whyIncluded(desk: DeskContext, definition: DigestDefinition, article: Article): string | null {
  const about = article.topics.flatMap((key, index) => (definition.topics.includes(key) ? [article.topicLabels[index] ?? key] : []))
  return about.length === 0 ? null : words(desk, 'digest.why_topic', { topics: about.join(', ') })
}

function noteOf(desk: DeskContext, kind: LeftOutKind, { at, words: said }: LeftOutArticle): string | MarkedText | null {
  if (kind === 'waiting' && at) return fullTime(desk.publication(), at)
  return said === undefined ? null : inEnglish(said)
}

function articleHref(desk: DeskContext, path: string): string {
  return localPath(desk.publication(), paths.adminArticle(path))
}
