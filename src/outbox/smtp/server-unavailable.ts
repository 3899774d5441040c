/** The SMTP server cannot be reached or rejects us. The error is not about a single delivery. */
export class ServerUnavailable extends Error {
  /** The server rejects our log-in, sender or policy. Waiting does not help: the operator must act. */
  readonly isAboutUs: boolean

  constructor(reason: string, { isAboutUs = false, cause }: { isAboutUs?: boolean; cause?: unknown } = {}) {
    super(reason, { cause })
    this.isAboutUs = isAboutUs
  }
}
