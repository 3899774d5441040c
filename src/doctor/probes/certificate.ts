import { checkServerIdentity, type TLSSocket } from 'node:tls'
import { printable } from '../printable.ts'

/** What a TLS server showed. */
export interface Certificate {
  /** Names, issuer and last day, in words. */
  readonly words: string
  readonly expiresAt: Date
  /** Why a client that checks refuses it, as a predicate; undefined if it does not. */
  readonly fault: string | undefined
  /** What SMTP_URL could say instead, if its fault can be mended there. */
  readonly mend: string | undefined
}

const faults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'comes without the certificates between it and its authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes without the certificates between it and its authority, or its authority is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without the certificates between it and its authority',
}

const trust = 'with ?tls=unverified at its end, if you trust this server'
const mends: Readonly<Record<string, string>> = { DEPTH_ZERO_SELF_SIGNED_CERT: trust, SELF_SIGNED_CERT_IN_CHAIN: trust }

/** Judges the certificate of a connection that was made with `rejectUnauthorized: false`, for the name `host`. */
export function certificateOf(socket: TLSSocket, host: string): Certificate | undefined {
  const certificate = socket.getPeerCertificate()
  if (!certificate?.valid_to) return undefined
  const names = (certificate.subjectaltname ?? `CN:${certificate.subject?.CN ?? '?'}`).replaceAll(/\b(?:DNS|IP Address|CN):/g, '')
  const expiresAt = new Date(certificate.valid_to)
  const words = `for ${names}, by ${certificate.issuer?.O ?? certificate.issuer?.CN ?? '?'}, until ${certificate.valid_to}`
  const isOtherName = checkServerIdentity(host, certificate) !== undefined
  const code = socket.authorized ? undefined : String(socket.authorizationError)
  const fault = isOtherName
    ? `is for ${printable(names)}, not for ${host}`
    : code === undefined
      ? undefined
      : (faults[code] ?? `cannot be verified (${printable(code)})`)
  const mend = isOtherName ? `a name of the certificate in place of ${host}: ${printable(names)}` : mends[code ?? '']
  return { words: printable(words), expiresAt, fault, mend }
}
