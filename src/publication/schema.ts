import { Cron } from 'croner'
import { z } from 'zod'
import { needsSmtpUtf8, parseAddress } from '../platform/email-address.ts'
import { faultOfPattern } from '../platform/one-line-template.ts'
import { isTimeZone } from '../platform/time-zones.ts'
import { bareAddress, isBare } from '../platform/url-rules.ts'
import { articlesSchema } from './articles-schema.ts'
import { sampleSubjectValues } from './subject-values.ts'

/** The shape of `publication.yaml` as it is written; `read.ts` makes a Publication of it. */

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be small letters, digits and hyphens')

const webAddress = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be an absolute http or https address')

/** What every address of the publication begins with. */
const ownAddress = webAddress.refine((value) => !URL.canParse(value) || isBare(new URL(value)), bareAddress)

const emailAddress = z.string().refine((value) => parseAddress(value)?.email === value.normalize('NFC'), 'must be an email address')

/** Mail from an address that is not ASCII before the @ would only reach those whose servers take such addresses (RFC 6531). */
const senderAddress = emailAddress.refine((value) => !needsSmtpUtf8(value), 'must have only ASCII characters before the @')

const oneLine = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .regex(/^\P{Cc}*$/u, 'must be one line without control characters')

const timezone = z.string().refine(isTimeZone, 'must be a time zone such as Europe/London')

const language = z.string().refine(isLanguage, 'must be a language tag such as en or pt-BR')

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #8a1c1c')

/** As CSS lists them, less the quotes: it stands in attributes, in style sheets and in MJML. */
const fontFamilies = z
  .string()
  .trim()
  .max(200)
  .regex(
    /^[\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)*(?:, *[\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)*)*$/u,
    'must be names of fonts, parted by commas and without quotes',
  )

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const duration = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, 'must be a duration such as 30m, 6h or 2d')
  .transform(durationMs)

/** Milliseconds of a duration as the file writes it. */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * (unitsMs[text.slice(-1)] ?? 0)
}

const schedule = z.string().superRefine((value, context) => {
  const fault = value === 'on_publish' ? undefined : faultOfCron(value)
  if (fault) context.addIssue({ code: 'custom', message: fault })
})

const subjectPattern = oneLine.superRefine((value, context) => {
  const fault = faultOfPattern(value, sampleSubjectValues)
  if (fault) context.addIssue({ code: 'custom', message: `is no Liquid pattern for a subject: ${fault}` })
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
})

export const publicationSchema = z
  .strictObject({
    title: oneLine,
    description: oneLine.optional(),
    url: ownAddress.optional(),
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
    feeds: z.strictObject({ entries: z.int().min(1).max(500).default(30), hub: webAddress.optional() }).prefault({}),
    measure: z.strictObject({ clicks: z.boolean().default(false), opens: z.boolean().default(false) }).prefault({}),
    digests: z.record(name, digest).default({}),
    languages: z.array(language).min(1).max(50).optional(),
    sign_up: z
      .strictObject({ per_network: z.int().min(1).max(1_000_000).default(20), overall: z.int().min(1).max(1_000_000).default(1_000) })
      .prefault({}),
    network_addresses: z.enum(['full', 'shortened', 'none']).default('full'),
    retention: z.strictObject({ unconfirmed: duration.prefault('30d'), deliveries: duration.prefault('180d') }).prefault({}),
  })
  .superRefine((value, context) => {
    if (Object.keys(value.digests).length > 0 && !value.sender) {
      context.addIssue({ code: 'custom', path: ['sender'], message: 'is needed where there are digests: { name, email }' })
    }
    for (const [key, definition] of Object.entries(value.digests)) {
      const hold = definition.hold
      if (hold !== undefined && !value.admin_email) {
        context.addIssue({ code: 'custom', path: ['digests', key, 'hold'], message: 'needs admin_email, which gets the issue to look at' })
      }
      if (hold !== undefined && hold !== 'until_approved' && definition.schedule === 'on_publish') {
        const message = 'must be until_approved where the schedule is on_publish: there is no slot to prepare it ahead of, only a delay'
        context.addIssue({ code: 'custom', path: ['digests', key, 'hold'], message })
      }
      for (const topic of definition.topics) {
        if (!(topic in value.topics)) {
          context.addIssue({ code: 'custom', path: ['digests', key, 'topics'], message: `names a topic that is not in topics: ${topic}` })
        }
      }
    }
  })

export type PublicationFile = z.infer<typeof publicationSchema>

/** One that Intl takes too: dates are written in it. */
function isLanguage(value: string): boolean {
  try {
    return /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(value) && Intl.getCanonicalLocales(value).length > 0
  } catch {
    return false
  }
}

/** Why croner cannot follow `expression`; undefined where it can. */
function faultOfCron(expression: string): string | undefined {
  const hint = 'must be a cron expression of five fields such as "0 8 * * mon", or on_publish'
  if (expression.trim().split(/\s+/).length !== 5) return hint
  try {
    // Not by a zone, for the same reason.
    const hasSlot = new Cron(expression, { utcOffset: 0 }).nextRun(new Date(0)) !== null
    return hasSlot ? undefined : 'never comes: there is no such day'
  } catch (error) {
    return `${hint} (${(error as Error).message.replace(/^CronPattern: /, '')})`
  }
}
