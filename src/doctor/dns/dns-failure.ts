import { advice, type Finding, fail, setting, warn } from '../line.ts'
import type { Answer, Dns } from './dns.ts'

/** A finding for a question that DNS did not answer. A fault of our own resolver says nothing about the domain. */
export function dnsFailure(
  dns: Dns,
  asked: string,
  { reason, isOurs }: Pick<Extract<Answer<unknown>, { status: 'failed' }>, 'reason' | 'isOurs'>,
): Finding {
  const servers = dns.servers.join(', ')
  if (isOurs) {
    return warn(
      asked,
      reason,
      `The name server ${servers} did not answer, so this could not be checked.`,
      setting('DNS_SERVERS', 'the address of a name server that answers, such as 9.9.9.9'),
    )
  }
  return fail(
    asked,
    reason,
    'The name servers of the domain do not answer this question, so receivers get no answer either.',
    advice('Check the name servers of the domain and its DNSSEC at its registrar.'),
  )
}
