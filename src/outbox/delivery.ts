/**
 * A lease is not a state but two columns of a queued delivery. Sent: the receiving server said 250. Uncertain: the server got the
 * message, and its answer was lost.
 */
export const deliveryStates = ['queued', 'handing_over', 'sent', 'failed', 'cancelled', 'skipped', 'uncertain'] as const
export type DeliveryState = (typeof deliveryStates)[number]
export type MailingKind = 'issue' | 'confirmation' | 'welcome' | 'goodbye' | 'test' | 'notice' | 'login'

/**
 * Lower numbers go first: mail that somebody waits for overtakes issues. Only log-in mail has -1: it goes out while sending is held and
 * where the address is suppressed as a reader's, and its token is deleted once it is settled.
 */
export const priorityOf: Readonly<Record<MailingKind, number>> = {
  login: -1,
  confirmation: 0,
  test: 0,
  welcome: 1,
  goodbye: 1,
  notice: 1,
  issue: 2,
}

/** `mailings.kind` of existing databases allows no `login`: such a mailing is stored as a notice, and its priority tells. */
export function storedKind(kind: MailingKind): Exclude<MailingKind, 'login'> {
  return kind === 'login' ? 'notice' : kind
}

/** Values for the placeholders of an edition, by name. */
export type PlaceholderValues = Readonly<Record<string, string>>

export interface NewMailing {
  readonly id: string
  readonly kind: MailingKind
  /** The digest; unsubscribing from it cancels queued deliveries of this mailing. Empty for mail that belongs to no digest. */
  readonly list: string
}

export interface NewDelivery {
  readonly address: string
  /** The normalised address: two spellings of one address share one delivery. */
  readonly addressKey: string
  readonly placeholders: PlaceholderValues
  /** The edition, or the reason why this reader gets none. */
  readonly content: { readonly editionId: string } | { readonly skipped: string }
}

/** The content of a message without the recipient's values. Texts may contain placeholders. */
export interface Edition {
  readonly from: { readonly name: string; readonly email: string; readonly replyTo?: string | undefined }
  readonly email: { readonly subject: string; readonly html: string; readonly text: string }
  /** For mail that belongs to a list (RFC 2919, RFC 2369, RFC 8058). */
  readonly list:
    | {
        readonly id: string
        readonly name: string
        readonly unsubscribeUrl: string
        readonly feedbackId: string
        /** Absent in editions of earlier versions, as is `helpUrl`. */
        readonly archiveUrl?: string
        readonly helpUrl?: string
      }
    | undefined
}

/** A queued delivery under this process's lease. */
export interface ClaimedDelivery {
  readonly id: number
  readonly mailingId: string
  readonly editionId: string
  readonly address: string
  readonly addressKey: string
  readonly placeholders: PlaceholderValues
  readonly attempts: number
  readonly priority: number
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number
  readonly dueAt: number
}

/** The result of one attempt. */
export type Settlement =
  | { readonly state: 'sent'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'uncertain'; readonly reason: string }
  | { readonly state: 'queued'; readonly reason: string; readonly dueAt: Date }

/** Deliveries of one mailing by state; their sum is the audience. */
export type Counts = { readonly [State in DeliveryState]: number }
