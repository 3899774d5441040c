/** An HTTP call owed to somebody else: a POST of a form that is answered with 2xx, sooner or later. */
export interface OutgoingCall {
  /** What it is about. A newer call about the same replaces one that is still owed. */
  readonly key: string
  readonly url: string
  readonly form: Readonly<Record<string, string>>
}

export interface DueCall extends OutgoingCall {
  /** Tells a call from a newer one that replaced it while it was under way. */
  readonly version: string
  readonly attempts: number
}
