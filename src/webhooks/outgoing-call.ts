/** An outgoing HTTP call: a form POST, retried until it is answered with 2xx or given up. */
export interface OutgoingCall {
  /** Identifies the subject. A newer call with the same key replaces a pending one. */
  readonly key: string
  readonly url: string
  readonly form: Readonly<Record<string, string>>
}

export interface DueCall extends OutgoingCall {
  /** Distinguishes a call from a newer one that replaced it during the request. */
  readonly version: string
  readonly attempts: number
}
