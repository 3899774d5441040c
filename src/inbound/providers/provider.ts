import type { ReportKind } from '../../outbox/reports.ts'

/** One thing that a provider tells. */
export interface ProviderReport {
  readonly kind: ReportKind
  readonly status: string | undefined
  /** Addresses and header values in which a mark of ours may stand: the envelope's sender, List-Unsubscribe. */
  readonly marked: readonly string[]
  /** Whom it is about, where no mark came back: the provider has proved who it is, so its word is good. */
  readonly recipient: string
}

export interface WebhookRequest {
  readonly body: Buffer
  /** The password of HTTP basic auth, or the `secret` of the query; empty where there is none. */
  readonly secret: string
}

export type WebhookReading =
  | { readonly outcome: 'reports'; readonly reports: readonly ProviderReport[] }
  /** Not from the provider: nothing of it is believed. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** From the provider, and not in the form that it documents. */
  | { readonly outcome: 'unreadable'; readonly reason: string }

/** One provider is one file: who it proves to be, and what it says. */
export interface Provider {
  read(request: WebhookRequest): Promise<WebhookReading>
}

/** What a provider reaches out for. */
export type FetchText = (url: string) => Promise<string>

export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
