import { z } from 'zod'
import { type Edit, editAttribute, editHtml, readHtml } from '../../platform/html/read.ts'
import { count, type Json } from '../../platform/json-shape.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { DigestsContext } from '../context.ts'
import type { IllustratedArticle, IllustratedNote } from '../edition/email-images.ts'
import {
  type CountedLink,
  type CountedLinkKind,
  countedLinkKinds,
  insertCountedLinks,
  readCountedLinks,
  sumFollowed,
} from './link-count-store.ts'

export type { CountedLinkKind } from './link-count-store.ts'

/**
 * Replaces the links of an issue's articles with counted ones (`measure: clicks`), and returns the address of the tracking pixel
 * (`measure: opens`). Both settings are off by default. Deterministic: a restart makes the same links.
 */
export async function countLinks(
  context: DigestsContext,
  issueId: string | undefined,
  articles: readonly IllustratedArticle[],
  note: IllustratedNote | undefined,
): Promise<{
  readonly articles: readonly IllustratedArticle[]
  readonly note: IllustratedNote | undefined
  readonly pixel: string
}> {
  const publication = context.publication()
  const { measure } = publication
  if (issueId === undefined || (!measure.clicks && !measure.opens)) return { articles, note, pixel: '' }
  const made = new Map<string, CountedLink>()
  const link = (kind: CountedLinkKind, url: string): string => {
    const id = context.tokens.keyedHash('measured-link', `${issueId}\0${kind}\0${url}`).subarray(0, 16).toString('base64url')
    made.set(id, { id, issueId, kind, url })
    return publicUrl(publication, paths.countedLink(id))
  }
  const counted = !measure.clicks
    ? articles
    : articles.map((article) => {
        const { call_to_action: action, url } = article.values
        return {
          ...article,
          values: {
            ...article.values,
            url: link('article', url),
            call_to_action: action && { ...action, url: link('call_to_action', action.url) },
          },
          body: withLinks(article.body, (url) => link('text', url)),
        }
      })
  const countedNote = note &&
    measure.clicks && {
      ...note,
      above: withLinks(note.above, (url) => link('text', url)),
      below: withLinks(note.below, (url) => link('text', url)),
      ...(note.callToAction ? { callToAction: { ...note.callToAction, url: link('call_to_action', note.callToAction.url) } } : {}),
    }
  const pixel = measure.opens ? `${link('open', '')}.gif` : ''
  await context.database.transaction((tx) => insertCountedLinks(tx, [...made.values()]))
  return { articles: counted, note: countedNote || note, pixel }
}

/** Replaces the `href` of each http or https link in `html`. */
function withLinks(html: string, replace: (url: string) => string): string {
  const edits = readHtml(html).flatMap((part): Edit[] => {
    const href = part.kind === 'open' && part.tag === 'a' ? part.attributes.get('href') : undefined
    return href && /^https?:/.test(href.value) ? [editAttribute('href', href, replace(href.value))] : []
  })
  return editHtml(html, edits)
}

/** Restores the original links and removes the pixel, because readers of the site are not counted. */
export async function withoutCounting(context: DigestsContext, issueId: string, html: string): Promise<string> {
  if (!html.includes('/go/')) return html
  const urls = new Map((await readCountedLinks(context.database, issueId)).map(({ id, url }) => [id, url]))
  // Matches the id only: the site may have another address by now.
  const edits = readHtml(html).flatMap((part): Edit[] => {
    if (part.kind !== 'open') return []
    const picture = part.tag === 'img' ? /\/go\/([\w-]{22})\.gif$/.exec(part.attributes.get('src')?.value ?? '')?.[1] : undefined
    if (picture !== undefined && urls.has(picture)) return [{ start: part.start, end: part.end, text: '' }]
    return [...part.attributes].flatMap(([name, attribute]) => {
      const id = /^https?:.*\/go\/([\w-]{22})$/s.exec(attribute.value)?.[1]
      const url = id === undefined ? undefined : urls.get(id)
      return url === undefined ? [] : [editAttribute(name, attribute, url)]
    })
  })
  return editHtml(html, edits)
}

/** Follow counts by digest and kind. Empty when nothing was measured. */
export async function countFollowed(
  context: DigestsContext,
): Promise<{ readonly digest: string; readonly kind: CountedLinkKind; readonly count: number }[]> {
  return sumFollowed(context.database)
}

/** How often a link of an issue was followed (`measure: clicks`), or the issue opened (`measure: opens`). */
export const followedShape = z.object({ kind: z.enum(countedLinkKinds), url: z.string(), count })

export type Followed = Json<typeof followedShape>

/** Follow counts of the links of an issue, highest first. Empty when nothing was measured. */
export async function followedIn(context: DigestsContext, issueId: string): Promise<Followed[]> {
  const rows = await readCountedLinks(context.database, issueId)
  return rows.map(({ kind, url, count }) => ({ kind, url, count })).sort((a, b) => b.count - a.count)
}
