import type { DomainCounts, FailureGroup } from '../../outbox/survey.ts'

/** A group of failures in the form of the API and the command line. `mask` is applied to texts that may contain an address. */
export function failureJson(
  { key, code, status, text, count, mayPass, domains, example }: FailureGroup,
  reply: { readonly address: string; readonly reply: string | undefined } | undefined,
  mask: (text: string) => string,
) {
  return {
    group: key,
    code: code === 0 ? null : code,
    status: status ?? null,
    text,
    count,
    may_pass: mayPass,
    domains,
    example: { delivery: example, address: mask(reply?.address ?? ''), reply: reply?.reply === undefined ? null : mask(reply.reply) },
  }
}

/** The deliveries to one receiving domain. All but `bounced` add up to `all`. */
export function domainJson({ domain, sent, waiting, failed, rest, bounced, all }: DomainCounts) {
  return { domain, sent, waiting, failed, rest, bounced, all }
}
