import { z } from 'zod'
import { articleFields } from './publication.ts'

/** The shape of `articles:` in `publication.yaml`: the name of a folder, or what to know about somebody's articles. */

const oneLine = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .regex(/^\P{Cc}*$/u, 'must be one line without control characters')

const placeholders = ['year', 'month', 'day', 'slug', 'path']

const placed = oneLine.superRefine((value, context) => {
  const unknown = [...value.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? '').find((name) => !placeholders.includes(name))
  if (unknown !== undefined) context.addIssue({ code: 'custom', message: `knows no {${unknown}}, only {${placeholders.join('} {')}}` })
})

const links = placed.refine(
  (value) => /^https?:\/\/[^/{]/i.test(value) && URL.canParse(filledIn(value)) && value.includes('{'),
  'must be an address such as https://blog.example.org/{year}/{month}/{slug}/',
)

const names = z.union([z.literal(false), oneLine, z.array(oneLine)], 'must be the name of a field, a list of names, or false')
const fields = z
  .partialRecord(z.enum(articleFields), names)
  .transform((value) => Object.fromEntries(Object.entries(value).map(([field, from]) => [field, from === false ? [] : [from].flat()])))

export const articlesSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { folder: value } : (value ?? {})),
  z.strictObject({
    folder: z.string().optional(),
    fields: fields.default({}),
    links: links.optional(),
    ids: placed.optional(),
    author: oneLine.optional(),
    authors: oneLine.optional(),
  }),
)

function filledIn(template: string): string {
  return template.replace(/\{[^{}]*\}/g, '1')
}
