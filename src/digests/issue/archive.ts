import { readEdition } from '../../outbox/delivery-queries.ts'
import { type Edit, editHtml, type HtmlPart, readHtml } from '../../platform/html/read.ts'
import { fillPlaceholders, hasPlaceholder } from '../../platform/placeholders.ts'
import type { DigestsContext } from '../context.ts'
import { readEditions } from '../edition/edition-store.ts'
import { withoutCounting } from '../link-counts/link-counts.ts'
import { readFirstBeginning } from '../schedule/slot-store.ts'
import { listKey } from './choose-articles.ts'
import type { Issue } from './issue.ts'
import { countPublicIssues, listPublicIssues, readPublicIssue } from './issue-store.ts'
import { publicArticles } from './public-issue.ts'

/** A page of published issues, newest first, with the total. */
export async function pageOfArchive(
  context: DigestsContext,
  page: { limit: number; offset: number },
): Promise<{ readonly issues: readonly Issue[]; readonly of: number }> {
  const unlisted = [...context.publication().digests.values()].flatMap(({ name, isArchived }) => (isArchived ? [] : [name]))
  return { issues: await listPublicIssues(context.database, page, unlisted), of: await countPublicIssues(context.database, unlisted) }
}

/** Whether search engines may list the page of an issue: not if its digest is in no archive, or if it tells what has no page. */
export function isIndexed(context: DigestsContext, issue: Issue): boolean {
  const definition = context.publication().digests.get(issue.digest)
  return definition?.isArchived !== false && publicArticles(issue).length === issue.content.articles.length
}

/** When the first digest was registered: the date of an empty archive. Undefined if there is no digest. */
export async function archiveBeganAt(context: DigestsContext): Promise<Date | undefined> {
  return readFirstBeginning(context.database)
}

/** A published issue. Undefined if unknown, preparing, held, or stopped before its first message. */
export async function archivedIssue(context: DigestsContext, id: string): Promise<Issue | undefined> {
  return readPublicIssue(context.database, id)
}

/** The edition with all articles as sent, without readers' own values. */
export async function publicHtml(context: DigestsContext, issue: Issue): Promise<string | undefined> {
  const id = (await readEditions(context.database, issue.id)).get(listKey(issue.content.articles))
  if (id === undefined) return undefined
  return withoutCounting(context, issue.id, withoutPlaceholders((await readEdition(context.database, id)).email.html))
}

/** Removes links with a reader's token, and the separator (`span.unsaid`) after each. Empties all other placeholders. */
function withoutPlaceholders(html: string): string {
  const parts = readHtml(html)
  const edits: Edit[] = []
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]
    if (part?.kind !== 'open' || part.tag !== 'a' || !hasPlaceholder(html.slice(part.start, part.end))) continue
    at = closingOf('a', parts, at)
    const next = parts[at + 1]
    if (next?.kind === 'open' && next.tag === 'span' && next.attributes.get('class')?.value === 'unsaid')
      at = closingOf('span', parts, at + 1)
    edits.push({ start: part.start, end: parts[at]?.end ?? html.length, text: '' })
  }
  return fillPlaceholders(editHtml(html, edits), () => '')
}

function closingOf(tag: string, parts: readonly HtmlPart[], from: number): number {
  return parts.findIndex((part, index) => index > from && part.kind === 'close' && part.tag === tag)
}
