/** What the streams need of the process. */
export interface LiveContext {
  /** Aborted when the process stops. */
  readonly closing: AbortSignal
  /** Called with the number of open streams, whenever it changes. */
  readonly countStreams: (open: number) => void
}
