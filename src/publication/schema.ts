import { z } from 'zod'
import { cronProblem } from '../platform/cron-problem.ts'
import { needsSmtpUtf8, parseAddress } from '../platform/email-address.ts'
import { faultOfPattern } from '../platform/one-line-template.ts'
import { isTimeZone } from '../platform/time-zones.ts'
import type { UrlReading } from '../platform/url-setting.ts'
import { readPublicUrl, readServiceUrl } from '../platform/web-url.ts'
import { articlesSchema } from './articles-schema.ts'
import { duration } from './duration.ts'
import { digestLayouts } from './publication.ts'
import { sampleSubjectValues } from './subject-values.ts'

/** Schema of `publication.yaml`. `read.ts` turns the validated values into a Publication. */

const cronHint = 'must be a cron expression of five fields such as "0 8 * * mon", or on_publish'

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lowercase letters, digits and hyphens')

/** Text that `read` accepts as a URL; its fault is the message. */
const urlReadBy = (read: (text: string) => UrlReading) =>
  z.string().superRefine((value, context) => {
    const reading = read(value)
    if (!reading.ok) context.addIssue({ code: 'custom', message: reading.fault })
  })

const emailAddress = z.string().refine((value) => parseAddress(value)?.email === value.normalize('NFC'), 'must be an email address')

/** A non-ASCII local part needs SMTPUTF8 (RFC 6531), which many receiving servers do not support. */
const senderAddress = emailAddress.refine((value) => !needsSmtpUtf8(value), 'must have only ASCII characters before the @')

const oneLine = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .regex(/^\P{Cc}*$/u, 'must be one line without control characters')

/** A folder below the content folder. */
const folderName = oneLine.refine(
  (value) => !/^(?:[/\\]|[A-Za-z]:)/.test(value) && !value.split(/[/\\]/).some((part) => part.startsWith('.')),
  'must be a folder below the content folder, such as issues',
)

const timezone = z.string().refine(isTimeZone, 'must be a time zone such as Europe/London')

const language = z.string().refine(isLanguage, 'must be a language tag such as en or pt-BR')

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #8a1c1c')

/** A CSS font list without quotes, because it is inserted into attributes, style sheets and MJML. */
const fontFamilies = z
  .string()
  .trim()
  .max(200)
  .regex(
    /^[\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)*(?:, *[\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)*)*$/u,
    'must be font names separated by commas, without quotes',
  )

const byteUnits: Readonly<Record<string, number>> = { KB: 1_024, MB: 1_024 ** 2 }

/** A size in bytes, written `2MB` or `500KB`. */
const byteSize = z
  .string()
  .regex(/^[1-9]\d{0,5}(?:KB|MB)$/, 'must be a size such as 2MB or 500KB')
  .transform((text) => Number(text.slice(0, -2)) * (byteUnits[text.slice(-2)] ?? 0))

const schedule = z.string().superRefine((value, context) => {
  const problem = value === 'on_publish' ? undefined : cronProblem(value, cronHint)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

const subjectPattern = oneLine.superRefine((value, context) => {
  const problem = faultOfPattern(value, sampleSubjectValues)
  if (problem) context.addIssue({ code: 'custom', message: `is not a valid Liquid pattern for a subject: ${problem}` })
})

const digest = z.strictObject({
  title: oneLine,
  subject: subjectPattern.optional(),
  schedule,
  delay: duration.prefault('15m'),
  topics: z.array(name).default([]),
  max_articles: z.int().min(1).max(100).default(10),
  allowed_lateness: duration.prefault('6h'),
  start_with: z.int().min(0).max(100).optional(),
  double_opt_in: z.boolean().default(true),
  hold: z
    .string()
    .regex(/^(?:\d{1,6}[smhd]|until_approved)$/, 'must be until_approved or a duration such as 2h')
    .optional(),
  first_batch: z.int().min(1).max(100_000).optional(),
  contents_from: z.int().min(0).max(1_000).default(6),
  read_on: z.enum(['button', 'link']).default('button'),
  layout: z.enum(digestLayouts).optional(),
  archive: z.boolean().default(true),
})

export const publicationSchema = z
  .strictObject({
    title: oneLine,
    description: oneLine.optional(),
    url: urlReadBy(readPublicUrl).optional(),
    admin_email: emailAddress.optional(),
    language: language.default('en'),
    timezone: timezone.default('UTC'),
    sender: z.strictObject({ name: oneLine, email: senderAddress, reply_to: senderAddress.optional() }).optional(),
    postal_address: oneLine.optional(),
    accent: z.strictObject({ light: colour.optional(), dark: colour.optional() }).optional(),
    logo: oneLine.optional(),
    fonts: z.strictObject({ text: fontFamilies.optional(), labels: fontFamilies.optional() }).prefault({}),
    articles: articlesSchema,
    topics: z.record(name, oneLine).default({}),
    feeds: z.strictObject({ entries: z.int().min(1).max(500).default(30), hub: urlReadBy(readServiceUrl).optional() }).prefault({}),
    notes: folderName.prefault('issues'),
    mail_pictures: byteSize.prefault('2MB'),
    weekly_report: z.boolean().default(false),
    confirm_above: z.int().min(1).max(1_000_000_000).default(1_000),
    measure: z.strictObject({ clicks: z.boolean().default(false), opens: z.boolean().default(false) }).prefault({}),
    digests: z.record(name, digest).default({}),
    languages: z.array(language).min(1).max(50).optional(),
    sign_up: z
      .strictObject({ per_network: z.int().min(1).max(1_000_000).default(20), overall: z.int().min(1).max(1_000_000).default(1_000) })
      .prefault({}),
    network_addresses: z.enum(['full', 'shortened', 'none']).default('full'),
    retention: z
      .strictObject({
        unconfirmed: duration.prefault('30d'),
        deliveries: duration.prefault('180d'),
        feed_claims: duration.prefault('400d'),
        audit: duration.prefault('365d'),
        webhooks: duration.prefault('30d'),
      })
      .prefault({}),
  })
  .superRefine((value, context) => {
    if (Object.keys(value.digests).length > 0 && !value.sender) {
      context.addIssue({ code: 'custom', path: ['sender'], message: 'is required when there are digests: { name, email }' })
    }
    if (value.weekly_report && !value.admin_email)
      context.addIssue({ code: 'custom', path: ['weekly_report'], message: 'requires admin_email: the report is sent there' })
    for (const [key, definition] of Object.entries(value.digests)) {
      const hold = definition.hold
      if (hold !== undefined && !value.admin_email) {
        context.addIssue({
          code: 'custom',
          path: ['digests', key, 'hold'],
          message: 'requires admin_email: held issues are sent there for review',
        })
      }
      if (hold !== undefined && hold !== 'until_approved' && definition.schedule === 'on_publish') {
        const message = 'must be until_approved when the schedule is on_publish: such a digest has no slot to prepare an issue for'
        context.addIssue({ code: 'custom', path: ['digests', key, 'hold'], message })
      }
      for (const topic of definition.topics) {
        if (!(topic in value.topics)) {
          context.addIssue({ code: 'custom', path: ['digests', key, 'topics'], message: `has an unknown topic: ${topic}` })
        }
      }
    }
  })

export type PublicationFile = z.infer<typeof publicationSchema>

/** Whether Intl accepts the tag, because dates are formatted with it. */
function isLanguage(value: string): boolean {
  try {
    return /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(value) && Intl.getCanonicalLocales(value).length > 0
  } catch {
    return false
  }
}
