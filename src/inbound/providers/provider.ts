import type { ReportKind } from '../../outbox/reports.ts'

/** The secrets that providers send; undefined: the provider is not configured. */
export interface ProviderSecrets {
  readonly ses: string | undefined
  readonly postmark: string | undefined
}

/** One bounce or complaint reported by a provider. */
export interface ProviderReport {
  readonly kind: ReportKind
  readonly status: string | undefined
  /** Values that may contain a marked address: the envelope sender, List-Unsubscribe. */
  readonly marked: readonly string[]
  /** Used without a marked address. Trusted, because the provider is authenticated. */
  readonly recipient: string
}

/** Where and when a signed message was made. */
export interface MessageOrigin {
  readonly topic: string
  readonly messageId: string
  readonly sentAt: Date
  /** Confirms a subscription to the topic. */
  readonly confirm?: () => Promise<void>
}

export type WebhookReading =
  | { readonly outcome: 'reports'; readonly reports: readonly ProviderReport[]; readonly origin?: MessageOrigin }
  /** Not from the provider. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** From the provider, but not in its documented format. */
  | { readonly outcome: 'unreadable'; readonly reason: string }

/** Authenticates and parses the webhooks of one provider. */
export interface Provider {
  /** `secret` is the password of HTTP basic auth, or `secret` in the query; empty if missing. Checked before the body is read. */
  knows(secret: string): boolean
  read(body: Buffer): Promise<WebhookReading>
}

/** Fetches a URL, such as a certificate. */
export type FetchText = (url: string) => Promise<string>

export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
