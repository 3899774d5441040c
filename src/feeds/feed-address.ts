import type { FeedAddress, FeedScope } from '../publication/urls.ts'

/** Topics in one address. Further ones are ignored. */
const maxTopics = 20

/** Parses the target of a request; `undefined` if it is not a feed address. Does not check that the feed exists. */
export function parseFeedAddress(target: string): FeedAddress | undefined {
  const [path = '', query] = target.split('?', 2)
  const archived = /^\/(feed|atom)\/archive\/(\d{4}-\d{2}(?:-[1-9]\d{0,5})?)\.(xml|json)$/.exec(path)
  if (archived) {
    const format = archived[3] === 'json' ? 'json' : archived[1] === 'atom' ? 'atom' : 'rss'
    if (archived[1] === 'atom' && archived[3] === 'json') return undefined
    return { format, scope: { kind: 'all' }, archive: archived[2] }
  }
  const match = /^(?:\/(topics|authors)\/([^/]+))?\/(feed\.xml|atom\.xml|feed\.json)$/.exec(path)
  if (!match) return undefined
  const format = match[3] === 'feed.xml' ? 'rss' : match[3] === 'atom.xml' ? 'atom' : 'json'
  const name = match[2] === undefined ? undefined : decoded(match[2])
  if (match[1] === 'topics') return name ? { format, scope: { kind: 'topics', topics: [name] }, archive: undefined } : undefined
  if (match[1] === 'authors') return name ? { format, scope: { kind: 'author', author: name }, archive: undefined } : undefined
  return { format, scope: scopeOfQuery(query), archive: undefined }
}

function scopeOfQuery(query: string | undefined): FeedScope {
  const written = query === undefined ? [] : new URLSearchParams(query).getAll('topics')
  const topics = [...new Set(written.flatMap((list) => list.split(/[\s,]+/)).map((topic) => topic.toLowerCase()))]
  const named = topics.filter((topic) => topic !== '').slice(0, maxTopics)
  return named.length > 0 ? { kind: 'topics', topics: named.sort() } : { kind: 'all' }
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
