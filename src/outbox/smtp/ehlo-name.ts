import { hostname } from 'node:os'
import { isDomain, wireDomain } from '../../platform/email-address.ts'
import { isLocal } from '../../platform/url-rules.ts'

export interface NameContext {
  /** SMTP_NAME. */
  readonly named: string | undefined
  readonly publicUrl: string
  readonly senderEmail: string
  /** The machine's own name. Default: what the operating system says. */
  readonly machine?: string
}

/**
 * What EHLO says (RFC 5321 §4.1.1.1): SMTP_NAME, else the machine's name if it has a dot, else the host of the public URL if it is public,
 * else the sender's domain. Undefined if none is a name; the address of the connection is said then.
 */
export function ehloName({ named, publicUrl, senderEmail, machine = hostname() }: NameContext): string | undefined {
  if (named !== undefined) return named
  // Numbers alone are an IP address, which names nothing.
  if (machine.includes('.') && !/^[\d.]+$/.test(machine)) return machine
  const host = new URL(publicUrl).hostname
  if (isPublicName(host)) return host
  const domain = wireDomain(senderEmail)
  return isPublicName(domain) ? domain : undefined
}

function isPublicName(name: string): boolean {
  return isDomain(name) && !isLocal(name)
}
