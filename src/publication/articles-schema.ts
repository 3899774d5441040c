import { z } from 'zod'
import { dialectNames } from './dialects.ts'
import { duration } from './duration.ts'
import { articleFields, shownKinds } from './publication.ts'

/** Schema of `articles:` in `publication.yaml`: a folder name, or a map of settings for articles written for another generator. */

const oneLine = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .regex(/^\P{Cc}*$/u, 'must be one line without control characters')

const placeholders = ['year', 'month', 'day', 'slug', 'path']

const template = oneLine.superRefine((value, context) => {
  const unknown = [...value.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? '').find((name) => !placeholders.includes(name))
  if (unknown !== undefined)
    context.addIssue({ code: 'custom', message: `has an unknown placeholder {${unknown}}: use {${placeholders.join('} {')}}` })
})

const links = template.refine(
  (value) => /^https?:\/\/[^/{]/i.test(value) && URL.canParse(filledIn(value)) && value.includes('{'),
  'must be an address such as https://blog.example.org/{year}/{month}/{slug}/',
)

const names = z.union([z.literal(false), oneLine, z.array(oneLine)], 'must be the name of a field, a list of names, or false')
const fields = z
  .partialRecord(z.enum(articleFields), names)
  .transform((value) => Object.fromEntries(Object.entries(value).map(([field, from]) => [field, from === false ? [] : [from].flat()])))

const dialects = z.union(
  [z.literal('auto'), z.array(z.enum(dialectNames)).transform((names) => [...new Set(names)])],
  `must be auto, or a list of ${dialectNames.join(', ')}`,
)

const size = z
  .string()
  .trim()
  .regex(/^[1-9]\d{0,2}[KM]B$/, 'must be a size such as 500KB or 8MB')
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('MB') ? 1024 * 1024 : 1024))

export const articlesSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { folder: value } : (value ?? {})),
  z.strictObject({
    folder: z.string().optional(),
    fields: fields.default({}),
    links: links.optional(),
    ids: template.optional(),
    author: oneLine.optional(),
    authors: oneLine.optional(),
    show: z.array(z.enum(shownKinds)).default([]),
    undated: z.enum(['leave_out', 'git', 'first_seen']).default('leave_out'),
    dialects: dialects.default('auto'),
    missing_for: duration.prefault('1h'),
    max_file: size.prefault('8MB'),
  }),
)

function filledIn(links: string): string {
  return links.replace(/\{[^{}]*\}/g, '1')
}
