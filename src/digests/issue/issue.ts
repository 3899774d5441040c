import type { ArticleValues } from '../../email/email.ts'
import type { DigestLayout } from '../../publication/publication.ts'
import type { IssueNote } from '../notes/note.ts'

export const issueStates = ['preparing', 'held', 'sending', 'paused', 'finished', 'cancelled'] as const
export type IssueState = (typeof issueStates)[number]

/** One number of a digest. Its articles are frozen when it is created. Its mailing has the same id. */
export interface Issue {
  readonly id: string
  readonly digest: string
  readonly number: number
  readonly slot: Date | undefined
  readonly key: string | undefined
  readonly state: IssueState
  readonly subject: string
  readonly content: IssueContent
  /** Id of the last subscriber with a frozen delivery; '' before the first. Subscribers are frozen in the order of ids. */
  readonly frozenThrough: string
  /** When the last reader got a delivery. */
  readonly frozenAt: Date | undefined
  /** Readers in the first batch. The others wait until it has passed. */
  readonly firstBatch: number | undefined
  /** Set while the issue is paused. */
  readonly pauseReason: string | undefined
  readonly createdAt: Date
  readonly finishedAt: Date | undefined
  /** Set while the issue is held. */
  readonly hold: IssueHold | undefined
}

export interface IssueHold {
  /** Why it is held: continues the sentence "it is held: …". */
  readonly reason: string
  /** When it is released automatically; undefined if it waits for approval. */
  readonly releaseAt: Date | undefined
}

/** All that rendering needs, frozen when the issue was created. */
export interface IssueContent {
  readonly digestTitle: string
  /** The Liquid template of the subject. Absent: title of the digest and of the first article. */
  readonly subject?: string | undefined
  /** Whether the digest sends single articles. */
  readonly isSingle?: boolean
  readonly maxCards: number
  /** Absent in issues of earlier versions, as is `readOn`. */
  readonly contentsFrom?: number
  readonly readOn?: 'button' | 'link'
  /** Absent in issues of earlier versions: cards, or whole texts in a digest that sends single articles. */
  readonly layout?: DigestLayout
  readonly note?: IssueNote
  readonly articles: readonly IssueArticle[]
}

export interface IssueArticle {
  readonly id: string
  readonly topics: readonly string[]
  readonly values: ArticleValues
  /** Sanitised HTML of the whole article where the issue tells it whole, else ''. */
  readonly body: string
  /** Where its whole text is on the page of the issue, for an article without a page of its own. */
  readonly anchor?: string
  /** Whether it is for readers of the issue only. */
  readonly isMailOnly?: boolean
}
