/** What the reply of an SMTP server means. Pure functions: when a delivery is tried again is for `retry.ts`. */
export interface Reply {
  /** 0 where the text holds none. */
  readonly code: number
  /** Class, subject and detail (RFC 3463), where the server gives them. */
  readonly status: string | undefined
}

/** Reads the code and status of `550 5.1.1 no such user`. Words may stand before them, as nodemailer writes them. */
export function readReply(text: string): Reply {
  const [, code = '0', status] = /\b([245]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})\b)?/.exec(text) ?? []
  return { code: Number(code), status }
}

/**
 * Whether the server refuses us, whoever the reader is: our policy, authentication or address (RFC 3463 §3.2, §3.8;
 * RFC 4954 §6).
 */
export function isAboutUs({ code, status = '' }: Reply): boolean {
  return code >= 500 && ([530, 534, 535, 538].includes(code) || /^5\.7\.|^5\.1\.[78]$/.test(status))
}

/** Whether the server refuses for now: a later try may succeed (RFC 5321 §4.2.1). */
export function isTemporary({ code }: Reply): boolean {
  return code < 500
}

/** Whether the server closes the connection or limits how much it takes (RFC 5321 §4.2.2, RFC 3463 §3.8). */
export function isThrottling({ code, status = '' }: Reply): boolean {
  return code === 421 || status.startsWith('4.7.')
}

/**
 * Whether the recipient's address does not exist (RFC 3463 §3.2). Ask `isAboutUs` first: some of these statuses are about
 * the sender. A code alone (550) has too many meanings.
 */
export function isNoAddress({ status = '' }: Reply): boolean {
  return status.startsWith('5.1.')
}
