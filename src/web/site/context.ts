import type { Snapshot } from '../../articles/article.ts'
import type { FoundArticle } from '../../articles/articles.ts'
import type { DigestsContext } from '../../digests/context.ts'
import type { FollowCounter } from '../../digests/link-counts/follow-counter.ts'
import type { FeedLink } from '../../feeds/feeds.ts'
import type { Log } from '../../platform/log.ts'
import type { Messages } from '../../platform/messages.ts'
import type { Pages } from '../../platform/pages.ts'
import type { Publication } from '../../publication/publication.ts'
import type { FeedScope } from '../../publication/urls.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import type { WrittenPages } from './written-pages.ts'

/** What the public pages work with. */
export interface SiteContext {
  readonly publication: () => Publication
  readonly articles: () => Snapshot
  /** Finds an article by its current or a former slug. */
  readonly findArticle: (slug: string) => FoundArticle
  readonly subscribers: SubscribersContext
  /** Called when the answer to a sign-up request has been sent. */
  readonly onSignUp: () => void
  readonly digests: DigestsContext
  /** Counts followed links of issues, if the publication measures them. */
  readonly followed: FollowCounter
  readonly pages: Pages
  readonly messages: Messages
  readonly written: WrittenPages
  readonly log: Log
  /** The feeds of the publication and of `scope`, for autodiscovery and for the pages. */
  /** The id of the Atom feed at a path. Default: its address. */
  readonly feedId?: (path: string) => string
  readonly feedLinks: (scope: FeedScope) => readonly FeedLink[]
  /** Shown after a sign-up if mail goes to the built-in mailbox. */
  readonly notice: () => string | undefined
}
