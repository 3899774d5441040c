/** An outgoing HTTP call: the POST of a form, repeated until the answer is 2xx. */
export interface OutgoingCall {
  /** What it is about. A newer call about the same replaces one that still waits. */
  readonly key: string
  readonly url: string
  readonly form: Readonly<Record<string, string>>
}

export interface DueCall extends OutgoingCall {
  /** Tells a call from a newer one that replaced it while it was under way. */
  readonly version: string
  readonly attempts: number
}
