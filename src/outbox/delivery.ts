/** A lease is no state: it is two columns of a queued one. Sent: the receiving server said 250. Uncertain: it was given the message, and its answer was lost. */
export const deliveryStates = ['queued', 'handing_over', 'sent', 'failed', 'cancelled', 'skipped', 'uncertain'] as const
export type DeliveryState = (typeof deliveryStates)[number]
export type MailingKind = 'issue' | 'confirmation' | 'welcome' | 'goodbye' | 'test' | 'notice'

/** What somebody waits for in front of a screen overtakes what goes to thousands. */
export const priorityOf: Readonly<Record<MailingKind, number>> = { confirmation: 0, test: 0, welcome: 1, goodbye: 1, notice: 1, issue: 2 }

/** Values for the placeholders of an edition, by name. */
export type PlaceholderValues = Readonly<Record<string, string>>

export interface NewMailing {
  readonly id: string
  readonly kind: MailingKind
  /** The digest that a reader can leave; leaving it cancels what is queued of this mailing. Empty where there is none. */
  readonly list: string
}

export interface NewDelivery {
  readonly address: string
  /** The address as it is compared: one person's two spellings are one delivery. */
  readonly addressKey: string
  readonly placeholders: PlaceholderValues
  /** The edition, or why this reader gets none. */
  readonly content: { readonly editionId: string } | { readonly skipped: string }
}

/** All that one message holds besides the recipient's own values. Texts may have placeholders. */
export interface Edition {
  readonly from: { readonly name: string; readonly email: string; readonly replyTo?: string | undefined }
  readonly email: { readonly subject: string; readonly html: string; readonly text: string }
  /** For mail that belongs to a list (RFC 2919, RFC 2369, RFC 8058). */
  readonly list: { readonly id: string; readonly name: string; readonly unsubscribeUrl: string; readonly feedbackId: string } | undefined
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
  /** When it was enqueued: milliseconds since 1970. */
  readonly enqueuedAt: number
  readonly dueAt: number
}

/** How one try ended. */
export type Settlement =
  | { readonly state: 'sent'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'uncertain'; readonly reason: string }
  | { readonly state: 'queued'; readonly reason: string; readonly dueAt: Date }

/** Deliveries of one mailing by state; together they are its audience. */
export type Counts = { readonly [State in DeliveryState]: number }
