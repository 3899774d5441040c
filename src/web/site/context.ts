import type { Snapshot } from '../../articles/article.ts'
import type { FoundArticle } from '../../articles/articles.ts'
import type { DigestsContext } from '../../digests/context.ts'
import type { FollowCounter } from '../../digests/link-counts/follow-counter.ts'
import type { FeedLink } from '../../feeds/feeds.ts'
import type { Log } from '../../platform/log.ts'
import type { Pages } from '../../platform/pages.ts'
import type { Publication } from '../../publication/publication.ts'
import type { FeedScope } from '../../publication/urls.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'

/** What the public pages work with. */
export interface SiteContext {
  readonly publication: () => Publication
  readonly articles: () => Snapshot
  /** What became of the address of an article. */
  readonly findArticle: (slug: string) => FoundArticle
  readonly subscribers: SubscribersContext
  /** Called when a sign-up was received and its answer is on its way. */
  readonly onSignUp: () => void
  readonly digests: DigestsContext
  /** Counts which links of issues are followed, where a publication wants that. */
  readonly followed: FollowCounter
  readonly pages: Pages
  readonly log: Log
  /** The feeds of the publication, and of `scope`: for autodiscovery and for those who read by feed. */
  readonly feedLinks: (scope: FeedScope) => readonly FeedLink[]
  /** A sentence for the sign-up's answer, where mail goes to the built-in mailbox. */
  readonly notice: string | undefined
}
