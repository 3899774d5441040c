/** The SMTP server cannot be reached or will not let us in: nothing about any one reader. */
export class ServerUnavailable extends Error {
  /** It will not have us as we are (log-in, sender, policy): waiting does not help, the operator has to see to it. */
  readonly isAboutUs: boolean

  constructor(reason: string, { isAboutUs = false, cause }: { isAboutUs?: boolean; cause?: unknown } = {}) {
    super(reason, { cause })
    this.isAboutUs = isAboutUs
  }
}
