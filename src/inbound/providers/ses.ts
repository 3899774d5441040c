import { createVerify } from 'node:crypto'
import { z } from 'zod'
import type { ReportKind } from '../../outbox/reports.ts'
import { LruCache } from '../../platform/lru-cache.ts'
import { type FetchText, type Provider, type ProviderReport, parseObject, type WebhookReading } from './provider.ts'
import { isSecret } from './secret.ts'

const envelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string().regex(/^[\w-]{1,100}$/),
  TopicArn: z.string().regex(/^arn:aws[a-z-]{0,20}:sns:[a-z\d-]{1,30}:\d{1,12}:[\w.-]{1,256}$/),
  Message: z.string(),
  Subject: z.string().optional(),
  Timestamp: z.iso.datetime({ offset: true }),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
  SubscribeURL: z.string().optional(),
  Token: z.string().optional(),
})
type Envelope = z.infer<typeof envelope>

const recipients = z
  .array(z.object({ emailAddress: z.string(), status: z.string().optional(), diagnosticCode: z.string().optional() }))
  .max(100)
const notification = z.object({
  notificationType: z.string().optional(),
  eventType: z.string().optional(),
  mail: z.object({
    source: z.string().default(''),
    headers: z
      .array(z.object({ name: z.string(), value: z.string() }))
      .max(500)
      .default([]),
  }),
  bounce: z.object({ bounceType: z.string(), bounceSubType: z.string().default(''), bouncedRecipients: recipients }).optional(),
  complaint: z
    .object({ complainedRecipients: recipients, complaintFeedbackType: z.string().nullish(), complaintSubType: z.string().nullish() })
    .optional(),
})

/** An account uses one or two certificates at a time. */
const maxCertificates = 8

/** Only Amazon serves these hosts, so a certificate fetched from them over TLS is genuine. */
const snsHost = /^sns\.[a-z0-9-]{1,30}\.amazonaws\.com(?:\.cn)?$/

/**
 * SES reports through SNS, which signs its messages (SNS developer guide, "verifying the signatures"). Anybody may have a topic, so the
 * secret in the URL and the pinned topic keep out others. Confirms subscriptions automatically.
 */
export function ses(secret: string, fetchText: FetchText): Provider {
  const certificates = new LruCache<string, string>(maxCertificates)

  async function certificateAt(url: string): Promise<string> {
    const known = certificates.get(url)
    if (known) return known
    const text = await fetchText(url)
    certificates.set(url, text)
    return text
  }

  return {
    knows: (given) => isSecret(secret, given),
    async read(body): Promise<WebhookReading> {
      const parsed = envelope.safeParse(parseObject(body.toString('utf8')))
      if (!parsed.success) return { outcome: 'unreadable', reason: 'the body is not an SNS message' }
      const message = parsed.data
      if (!isAmazon(message.SigningCertURL, /^\/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem$/)) {
        return { outcome: 'refused', reason: 'SigningCertURL is not an SNS address' }
      }
      if (!isSigned(message, await certificateAt(message.SigningCertURL))) return { outcome: 'refused', reason: 'the signature is wrong' }
      const origin = { topic: message.TopicArn, messageId: message.MessageId, sentAt: new Date(message.Timestamp) }
      if (message.Type === 'SubscriptionConfirmation') {
        const url = message.SubscribeURL ?? ''
        if (!isAmazon(url, /^\/$/)) return { outcome: 'refused', reason: 'SubscribeURL is not an SNS address' }
        return { outcome: 'reports', reports: [], origin: { ...origin, confirm: async () => void (await fetchText(url)) } }
      }
      if (message.Type !== 'Notification') return { outcome: 'reports', reports: [], origin }
      const told = notification.safeParse(parseObject(message.Message))
      // SNS sends a plain text message to a new topic.
      return { outcome: 'reports', reports: told.success ? reportsOf(told.data) : [], origin }
    },
  }
}

function reportsOf({ mail, bounce, complaint, notificationType, eventType }: z.infer<typeof notification>): ProviderReport[] {
  const type = notificationType ?? eventType
  const marked = [mail.source, ...mail.headers.filter(({ name }) => /^list-unsubscribe$/i.test(name)).map(({ value }) => value)]
  if (type === 'Complaint' && complaint && isNewComplaint(complaint)) {
    return complaint.complainedRecipients.map(({ emailAddress }) => ({
      kind: 'complaint',
      status: undefined,
      marked,
      recipient: emailAddress,
    }))
  }
  if (type !== 'Bounce' || !bounce || isInconclusive(bounce)) return []
  return bounce.bouncedRecipients.map(({ emailAddress, status }) => ({
    kind: kindOf(bounce, status),
    status,
    marked,
    recipient: emailAddress,
  }))
}

/** `OnAccountSuppressionList`: SES did not send, because the reader complained before. */
function isNewComplaint({
  complaintFeedbackType,
  complaintSubType,
}: {
  complaintFeedbackType?: unknown
  complaintSubType?: unknown
}): boolean {
  return complaintFeedbackType !== 'not-spam' && complaintSubType !== 'OnAccountSuppressionList'
}

/** Says nothing about the mailbox: `Transient`/`General` is mostly an automatic reply, and SES could not read an `Undetermined` one. */
function isInconclusive({ bounceType, bounceSubType }: { bounceType: string; bounceSubType: string }): boolean {
  return bounceType === 'Undetermined' || (bounceType === 'Transient' && (bounceSubType === 'General' || bounceSubType === ''))
}

function kindOf({ bounceType, bounceSubType }: { bounceType: string; bounceSubType: string }, status = ''): ReportKind {
  if (bounceSubType === 'ContentRejected' || bounceSubType === 'AttachmentRejected' || status.startsWith('5.7.')) return 'policy'
  return bounceType === 'Permanent' ? 'hard' : 'soft'
}

function isAmazon(text: string, path: RegExp): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, port, username, password, pathname } = new URL(text)
  return protocol === 'https:' && snsHost.test(hostname) && port === '' && username === '' && password === '' && path.test(pathname)
}

function isSigned(message: Envelope, certificate: string): boolean {
  const names =
    message.Type === 'Notification'
      ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
      : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const)
  const text = names.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`])).join('')
  try {
    return createVerify(message.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1')
      .update(text)
      .verify(certificate, message.Signature, 'base64')
  } catch {
    return false
  }
}
