import { z } from 'zod'
import type { DomainCounts, FailureGroup } from '../../outbox/survey.ts'
import { count, type Json } from '../../platform/json-shape.ts'

export const failureShape = z.object({
  group: z.string().describe('For retry'),
  code: z.int().nullable().describe('The code of the reply (RFC 5321)'),
  status: z.string().nullable().describe('The enhanced status code (RFC 3463)'),
  text: z.string(),
  count,
  may_pass: z.boolean().describe('Whether another attempt may succeed'),
  domains: z.array(z.string()).describe('Receiving domains, those with the most failures first'),
  example: z.object({ delivery: z.int(), address: z.string(), reply: z.string().nullable() }),
})

export const domainShape = z.object({
  domain: z.string().describe('Empty for readers who were erased'),
  sent: count,
  waiting: count.describe('Queued or being handed over'),
  failed: count,
  rest: count.describe('Skipped, cancelled and uncertain'),
  bounced: count.describe('Sent ones that came back later'),
  all: count.describe('The sum of all but bounced'),
})

/** A group of failures in the form of the API and the command line. `mask` is applied to texts that may contain an address. */
export function failureJson(
  { key, code, status, text, count, mayPass, domains, example }: FailureGroup,
  reply: { readonly address: string; readonly reply: string | undefined } | undefined,
  mask: (text: string) => string,
): Json<typeof failureShape> {
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
export function domainJson({ domain, sent, waiting, failed, rest, bounced, all }: DomainCounts): Json<typeof domainShape> {
  return { domain, sent, waiting, failed, rest, bounced, all }
}
