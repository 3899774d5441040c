import { sentIssues } from '../../digests/issue/running.ts'
import { localPath, paths } from '../../publication/urls.ts'
import type { ReaderCounts } from '../../subscribers/reader-counts.ts'
import { articlesFolder } from './attention.ts'
import { type DeskContext, words } from './desk-page.ts'

/** The steps are over with this many sent issues, whether or not the last one is done: some desks are only tried out. */
const issuesOfBeginners = 3

/** The four steps from a new installation to the first digest; null once they are done, or no longer needed. */
export async function firstSteps(desk: DeskContext, counts: ReaderCounts | undefined): Promise<object[] | null> {
  const sent = await sentIssues(desk.digests, issuesOfBeginners)
  if (sent >= issuesOfBeginners) return null
  const publication = desk.publication()
  const [digest] = publication.digests.keys()
  const href = (path: string) => localPath(publication, path)
  const folder = articlesFolder(publication)
  const steps: readonly Step[] = [
    {
      title: words(desk, 'today.step.article'),
      about: words(desk, 'today.step.article.about', { folder, has_folder: String(folder !== '') }),
      isDone: desk.articles().articles.length > 0,
    },
    {
      title: words(desk, 'today.step.subscribe'),
      about: words(desk, 'today.step.subscribe.about', { mailbox: String(desk.mailbox !== undefined) }),
      isDone: (counts?.all ?? 1) > 0,
      link: { href: href(paths.subscribe), label: words(desk, 'today.step.subscribe.action') },
    },
    {
      title: words(desk, 'today.step.send'),
      about: words(desk, 'today.step.send.about', { has_digest: String(digest !== undefined) }),
      isDone: sent > 0,
      ...(digest !== undefined && { link: { href: href(paths.adminDigest(digest)), label: words(desk, 'today.step.send.action') } }),
    },
    {
      title: words(desk, 'today.step.publish'),
      about: words(desk, 'today.step.publish.about'),
      isDone: desk.mailbox === undefined && !isLoopback(publication.url),
    },
  ]
  if (steps.every(({ isDone }) => isDone)) return null
  return steps.map(({ title, about, isDone, link }) => ({
    title,
    about,
    is_done: isDone,
    href: isDone ? null : (link?.href ?? null),
    action: isDone ? null : (link?.label ?? null),
  }))
}

interface Step {
  readonly title: string
  readonly about: string
  readonly isDone: boolean
  /** Where it is done. */
  readonly link?: { readonly href: string; readonly label: string }
}

/** Such an address opens for nobody but the operator. */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname.startsWith('127.') || hostname === '[::1]'
}
