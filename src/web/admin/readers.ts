import type { Request, RequestHandler, Response } from 'express'
import { type ForeignText, inEnglish } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { countWithin, listSegment } from '../../subscribers/list.ts'
import { searchReach, searchSubscribers } from '../../subscribers/search/search.ts'
import { readSegment, type Segment, type SegmentWords, segmentFields } from '../../subscribers/segment.ts'
import { type Listed, stateOf } from '../../subscribers/subscriber.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { doneWords } from './forms.ts'
import { sourceName } from './source-name.ts'

const perPage = 50
/** A count looks at so many readers at most, so that the page comes at once. */
const maxCounted = 20_000

const states = ['confirmed', 'pending', 'unsubscribed'] as const
const sources = ['form', 'api', 'import', 'desk', 'command line'] as const

/** The filters of the list, as they stand in its address. */
interface Filters extends SegmentWords {
  readonly q: string
}

/** All readers, newest first, or those whom a search finds. */
export function showReaders(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const filters = filtersOf(request)
    const { q, ...given } = filters
    const reading = readSegment(desk.publication(), given)
    if (!reading.ok) return sendReaders(desk, request, response, filters, { fault: inEnglish(`${reading.field}: ${reading.reason}`) })
    const cursor = textOf(request, 'cursor')
    if (q.trim() !== '') return showFound(desk, request, response, filters, reading.segment, cursor)
    const after = /^[\da-f-]{36}$/.test(cursor) ? cursor : undefined
    const found = await listSegment(desk.subscribers, reading.segment, { after, limit: perPage + 1, order: 'newest first' })
    const { count, isWhole } = await countWithin(desk.subscribers, reading.segment, maxCounted)
    const items = found.slice(0, perPage)
    await sendReaders(desk, request, response, filters, {
      items,
      next: found.length > perPage ? items.at(-1)?.id : undefined,
      count: words(desk, isWhole ? 'readers.count' : 'readers.count.more', { count }),
    })
  }
}

async function showFound(
  desk: DeskContext,
  request: Request,
  response: Response,
  filters: Filters,
  segment: Segment,
  cursor: string,
): Promise<void> {
  const page = { cursor: cursor === '' ? undefined : cursor, limit: perPage }
  // A cursor of another search, or from before the index was filled, begins again.
  const found =
    (await searchSubscribers(desk.subscribers, filters.q, segment, page)) ??
    (await searchSubscribers(desk.subscribers, filters.q, segment, { ...page, cursor: undefined }))
  if (!found) return sendReaders(desk, request, response, filters, {})
  const reach = await searchReach(desk.subscribers)
  const { items, next } = found
  const hint =
    reach.finds === 'beginnings'
      ? words(desk, reach.because === 'pg_trgm is missing' ? 'readers.search.no_trigrams' : 'readers.search.filling')
      : found.found === 'short'
        ? words(desk, 'readers.search.short')
        : undefined
  const isMore = next !== undefined || page.cursor !== undefined
  const count = words(desk, isMore ? 'readers.found.more' : 'readers.found', { count: items.length })
  await sendReaders(desk, request, response, filters, { items, next, count, hint })
}

interface Shown {
  readonly items?: readonly Listed[]
  readonly next?: string | undefined
  readonly count?: string
  readonly hint?: string | undefined
  readonly fault?: ForeignText
}

async function sendReaders(desk: DeskContext, request: Request, response: Response, filters: Filters, shown: Shown): Promise<void> {
  const publication = desk.publication()
  const path = (one: string) => localPath(publication, one)
  if (shown.fault !== undefined) response.status(422)
  const query = queryOf(filters)
  const { q: _, ...segment } = filters
  const isFiltered = query !== ''
  await sendDeskPage(
    desk,
    response,
    'readers',
    { title: words(desk, 'rail.readers'), place: 'readers' },
    {
      done: doneWords(desk, request, 'readers', ['erased']) ?? null,
      fault: shown.fault ?? null,
      q: filters.q,
      filters: {
        digest: choices(
          [...publication.digests.values()].map(({ name, title }) => [name, title] as const),
          filters.digest,
        ),
        state: choices(
          states.map((state) => [state, stateName(desk, state)] as const),
          filters.state,
        ),
        topic: choices([...publication.topics], filters.topic),
        source: choices(
          sources.map((source) => [source, sourceName(desk, source)] as const),
          filters.source,
        ),
        since: filters.since ?? '',
      },
      is_filtered: isFiltered,
      count: shown.count ?? null,
      hint: shown.hint ?? null,
      readers: (shown.items ?? []).map((one) => rowOf(desk, one)),
      next: shown.next === undefined ? null : `${path(paths.adminReaders)}?${withCursor(query, shown.next)}`,
      href: {
        readers: path(paths.adminReaders),
        add: path(paths.adminReaderNew),
        import: path(paths.adminReaderImport),
        export: `${path(paths.adminReaderExport)}${queryOf({ q: '', ...segment }) === '' ? '' : `?${queryOf({ q: '', ...segment })}`}`,
        growth: path(paths.adminReaderGrowth),
        suppressions: path(paths.adminSuppressions),
        subscribe: path(paths.subscribe),
      },
    },
  )
}

function rowOf(desk: DeskContext, one: Listed) {
  const publication = desk.publication()
  return {
    href: localPath(publication, paths.adminReader(one.id)),
    email: one.email,
    name: one.name,
    state: stateName(desk, stateOf(one.subscriptions)),
    digests: one.subscriptions
      .filter(({ state }) => state !== 'unsubscribed')
      .map(({ digest, state }) => {
        const title = publication.digests.get(digest)?.title ?? digest
        return state === 'confirmed' ? title : words(desk, 'readers.digest.pending', { digest: title })
      })
      .join(', '),
    since: shortTime(publication, one.createdAt),
  }
}

/** The state of a subscription or subscriber in words. */
export function stateName(desk: DeskContext, state: string): string {
  return words(desk, 'readers.state.name', { state })
}

function choices(known: readonly (readonly [string, string])[], chosen: string | undefined) {
  // A digest that was removed, or a source of an import, can still be asked for by address.
  const all = chosen === undefined || known.some(([value]) => value === chosen) ? known : [...known, [chosen, chosen] as const]
  return all.map(([value, label]) => ({ value, label, is_chosen: value === chosen }))
}

function filtersOf(request: Pick<Request, 'query'>): Filters {
  const given = segmentFields.flatMap((field) => {
    const text = textOf(request, field)
    return text === '' ? [] : [[field, text] as const]
  })
  return { q: textOf(request, 'q').slice(0, 200), ...Object.fromEntries(given) }
}

function queryOf(filters: Filters): string {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== '')).toString()
}

function withCursor(query: string, cursor: string): string {
  const all = new URLSearchParams(query)
  all.set('cursor', cursor)
  return all.toString()
}

/** A parameter of the address; empty if it is missing or comes twice. */
export function textOf(request: Pick<Request, 'query'>, name: string): string {
  const value = request.query[name]
  return typeof value === 'string' ? value : ''
}
