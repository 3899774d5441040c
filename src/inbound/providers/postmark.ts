import { z } from 'zod'
import type { ReportKind } from '../../outbox/reports.ts'
import { type Provider, type ProviderReport, parseObject } from './provider.ts'
import { isSecret } from './secret.ts'

const bounce = z.object({
  RecordType: z.enum(['Bounce', 'SpamComplaint']),
  Type: z.string().optional(),
  Email: z.string(),
  Details: z.string().optional(),
  Content: z.string().optional(),
})

/** Postmark's bounce types. Hard: the mailbox does not exist. Policy: about us. Types in no set are soft. */
const hard = new Set(['HardBounce', 'BadEmailAddress', 'ManuallyDeactivated', 'Unsubscribe'])
const policy = new Set([
  'Blocked',
  'SpamNotification',
  'SMTPApiError',
  'DMARCPolicy',
  'VirusNotification',
  'TemplateRenderingFailed',
  'InboundError',
])
/** Automatic replies, delays, and what Postmark could not classify: no report. */
const nothing = new Set([
  'AutoResponder',
  'Subscribe',
  'AddressChange',
  'ChallengeVerification',
  'OpenRelayTest',
  'Unconfirmed',
  'Undeliverable',
  'Unknown',
])

/** Postmark does not sign its requests; the password in the webhook URL authenticates them. */
export function postmark(secret: string): Provider {
  return {
    knows: (given) => isSecret(secret, given),
    async read(body) {
      const parsed = parseObject(body.toString('utf8'))
      if (!parsed) return { outcome: 'unreadable', reason: 'the body is not a JSON object' }
      if (parsed.RecordType !== 'Bounce' && parsed.RecordType !== 'SpamComplaint') return { outcome: 'reports', reports: [] }
      const event = bounce.safeParse(parsed)
      if (!event.success) return { outcome: 'unreadable', reason: 'Email is missing' }
      return { outcome: 'reports', reports: reportsOf(event.data) }
    },
  }
}

function reportsOf({ RecordType, Type = '', Email, Details = '', Content = '' }: z.infer<typeof bounce>): ProviderReport[] {
  const kind = RecordType === 'SpamComplaint' || Type === 'SpamComplaint' ? 'complaint' : kindOf(Type)
  if (!kind) return []
  const status = /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(Details)?.[1]
  return [{ kind, status, marked: [Content.slice(0, 100_000)], recipient: Email }]
}

function kindOf(type: string): ReportKind | undefined {
  if (nothing.has(type)) return undefined
  if (hard.has(type)) return 'hard'
  return policy.has(type) ? 'policy' : 'soft'
}
