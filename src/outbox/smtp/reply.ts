/** A parsed SMTP reply. This file classifies replies; `retry.ts` decides when to retry. */
export interface Reply {
  /** 0 if the text contains none. */
  readonly code: number
  /** The enhanced status code (RFC 3463), if given. */
  readonly status: string | undefined
}

/** Reads code and status of `550 5.1.1 no such user`. Text may precede them, as in nodemailer's errors. */
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
