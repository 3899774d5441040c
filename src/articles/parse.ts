import { z } from 'zod'
import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem, CallToAction } from './article.ts'
import { makeCallToAction } from './call-to-action.ts'
import { parseDate } from './dates.ts'
import { splitFrontMatter } from './front-matter.ts'
import { slugOfPath, toKey, whatIsWrongWithSlug } from './keys.ts'
import { cleanLine, cleanText, countReadMinutes, openingParagraph } from './plain-text.ts'

/** One file as its author wrote it, validated. What other files, the disk and the clock have to say comes later. */
export interface ParsedArticle {
  readonly path: string
  /** As written; where none is, an id is minted. */
  readonly statedId: string | undefined
  readonly slug: string
  readonly url: string
  readonly title: string
  readonly subtitle: string | undefined
  readonly description: string
  readonly author: string | undefined
  readonly readMinutes: number
  readonly publishedAt: Date
  readonly updatedAt: Date
  /** As written: an address, or a file of ours. */
  readonly heroAddress: string | undefined
  readonly heroAlt: string
  readonly topics: readonly string[]
  readonly callToAction: CallToAction | undefined
  /** As written: files of ours. */
  readonly enclosureAddresses: readonly string[]
  readonly isDraft: boolean
  readonly body: string
  /** 1-based line of each field. */
  readonly lines: ReadonlyMap<string, number>
}

export interface ParseOutcome {
  readonly parsed: ParsedArticle | undefined
  readonly problems: readonly ArticleProblem[]
}

const line = z.string('must be text').transform(cleanLine)
const optionalLine = line.optional().transform((text) => text || undefined)
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const words = z.union([z.string().transform((text) => text.split(',')), z.array(word)], 'must be a list of words')

/** Front matter as in the seed, and what the interface adds to it. Other fields are the author's own. */
const schema = z.object({
  title: line.refine((text) => text !== '', 'is empty'),
  subtitle: optionalLine,
  description: optionalLine,
  author: optionalLine,
  read_time: optionalLine,
  publish_date: line.refine((text) => text !== '', 'is empty'),
  updated_date: optionalLine,
  heroImage: optionalLine,
  hero_alt: optionalLine,
  cta: optionalLine,
  cta_label: optionalLine,
  cta_url: optionalLine,
  id: optionalLine,
  slug: optionalLine,
  topics: words.optional(),
  enclosures: words.optional(),
})

/** Validates one file. An article comes with its warnings; a file that cannot be one comes with all its errors. */
export function parseArticle(file: string, path: string, publication: Publication): ParseOutcome {
  const split = splitFrontMatter(file)
  if (split.status === 'refused') {
    return { parsed: undefined, problems: [{ severity: 'error', path, field: split.field, line: split.line, reason: split.reason }] }
  }
  const { fields, lines, body } = split.frontMatter
  const problems: ArticleProblem[] = []
  // Nobody is kept from reading a draft by what it still lacks.
  const isDraft = typeof fields.draft === 'string' && /^(?:true|yes|on|1)$/i.test(fields.draft)
  const report = (severity: 'error' | 'warning', field: string, reason: string) => {
    problems.push({ severity: isDraft ? 'warning' : severity, path, field, line: lines.get(field), reason })
  }
  const read = schema.safeParse(fields)
  if (!read.success) {
    for (const issue of read.error.issues) {
      const field = String(issue.path[0])
      report('error', field, fields[field] === undefined ? `${field} is missing` : `${field} ${issue.message}`)
    }
    return { parsed: undefined, problems: problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)) }
  }
  const front = read.data

  const dateOf = (field: 'publish_date' | 'updated_date', severity: 'error' | 'warning'): Date | undefined => {
    if (!front[field]) return undefined
    const date = parseDate(front[field], publication.timezone)
    if ('at' in date) return date.at
    report(severity, field, date.reason)
    return undefined
  }
  const publishedAt = dateOf('publish_date', 'error')
  const updatedAt = dateOf('updated_date', 'warning')
  const slug = front.slug ?? slugOfPath(path)
  const wrong = whatIsWrongWithSlug(slug)
  if (wrong) report('error', 'slug', `slug ${wrong}`)
  if (!publishedAt || wrong) return { parsed: undefined, problems }

  const url = `${publication.url}/articles/${encodeURIComponent(slug)}`
  const { callToAction, badUrl } = makeCallToAction({ cta: front.cta, label: front.cta_label, url: front.cta_url }, url, publication.url)
  if (badUrl) report('warning', 'cta_url', 'cta_url leads nowhere that a reader may be sent to; the button leads to the article')
  const parsed: ParsedArticle = {
    path,
    statedId: front.id,
    slug,
    url,
    title: front.title,
    subtitle: front.subtitle,
    description: front.description ?? front.subtitle ?? openingParagraph(body),
    author: front.author,
    readMinutes: minutesOf(front.read_time) ?? countReadMinutes(body),
    publishedAt,
    updatedAt: updatedAt && updatedAt > publishedAt ? updatedAt : publishedAt,
    heroAddress: front.heroImage,
    heroAlt: front.hero_alt ?? '',
    topics: topicKeys(front.topics ?? [], publication),
    callToAction,
    enclosureAddresses: (front.enclosures ?? []).map(cleanLine).filter((address) => address !== ''),
    isDraft,
    body: cleanText(body),
    lines,
  }
  return { parsed, problems }
}

/** `8 mins`, `8`, `1 hour 5 min`; `undefined` where no whole number of minutes up to a day is written. */
function minutesOf(readTime: string | undefined): number | undefined {
  if (!readTime) return undefined
  const hours = Number(/(\d{1,2})\s*h/i.exec(readTime)?.[1] ?? 0)
  const minutes = Number(/(\d{1,4})(?!\s*h|\d)/i.exec(readTime)?.[1] ?? 0)
  const total = hours * 60 + minutes
  return total >= 1 && total <= 1440 ? total : undefined
}

/** Keys of topics; a label of publication.yaml, in any case, stands for its key. */
function topicKeys(written: readonly string[], publication: Publication): string[] {
  const keysByLabel = new Map([...publication.topics].map(([key, label]) => [toKey(label), key]))
  const keys = written.map((topic) => {
    const key = toKey(topic)
    return publication.topics.has(key) ? key : (keysByLabel.get(key) ?? key)
  })
  return [...new Set(keys)].filter((key) => key !== '')
}
