import type { ArticleValues } from '../../email/email.ts'

export type IssueState = 'preparing' | 'held' | 'sending' | 'paused' | 'finished' | 'cancelled'

/** One number of a digest. Its articles are frozen when it is created; its id is also that of its mailing. */
export interface Issue {
  readonly id: string
  readonly digest: string
  readonly number: number
  readonly slot: Date | undefined
  readonly key: string | undefined
  readonly state: IssueState
  readonly subject: string
  readonly content: IssueContent
  /** The last subscriber whose delivery is frozen; '' before the first. In the order of their ids. */
  readonly frozenThrough: string
  /** When the whole audience had its deliveries. */
  readonly frozenAt: Date | undefined
  /** How many readers get it first, while the rest of the audience waits for how that goes. */
  readonly firstBatch: number | undefined
  /** Why it is paused, while it is. */
  readonly pauseReason: string | undefined
  readonly createdAt: Date
  readonly finishedAt: Date | undefined
  /** Of a held one. */
  readonly hold: IssueHold | undefined
}

export interface IssueHold {
  /** Why it is held, as a sentence goes on after "it is held:". */
  readonly reason: string
  /** When it goes by itself; undefined where it waits for the operator. */
  readonly releaseAt: Date | undefined
}

/** All that rendering needs, as it was when the issue was created. */
export interface IssueContent {
  readonly digestTitle: string
  /** The Liquid pattern of its subject; undefined where the usual one stands. */
  readonly subject?: string | undefined
  /** Whether the digest sends each article by itself. */
  readonly isSingle?: boolean
  readonly maxCards: number
  readonly articles: readonly IssueArticle[]
}

export interface IssueArticle {
  readonly id: string
  readonly topics: readonly string[]
  readonly values: ArticleValues
  /** Sanitised HTML of the whole article where it is told whole, else ''. */
  readonly body: string
}
