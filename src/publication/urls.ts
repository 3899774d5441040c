import type { Publication } from './publication.ts'

/** Public addresses with a value in them, as Express routes write them, below the publication's URL. */
export const patterns = {
  article: '/articles/:slug',
  topic: '/topics/:topic',
  author: '/authors/:author',
  issue: '/issues/:id',
  issueMessage: '/issues/:id/message',
  confirm: '/confirm/:token',
  preferences: '/preferences/:token',
  ownData: '/preferences/:token/data',
  unsubscribe: '/unsubscribe/:token',
  countedLink: '/go/:id',
  media: '/media/*path',
  mailImage: '/media/mail/:name',
  asset: '/assets/:name',
  inbound: '/inbound/:provider',
} as const

/**
 * Every public address, as a path below the publication's URL. Keys and slugs are encoded here. Ids and tokens are of letters that
 * need no encoding; in mail a placeholder may stand for a token.
 */
export const paths = {
  home: '/',
  article: (slug: string) => filled(patterns.article, encodeURIComponent(slug)),
  topic: (key: string) => filled(patterns.topic, encodeURIComponent(key)),
  author: (key: string) => filled(patterns.author, encodeURIComponent(key)),
  privacy: '/privacy',
  /** `name` may hold slashes, and is encoded already. */
  media: (name: string) => `/media/${name}`,
  mailImage: (name: string) => filled(patterns.mailImage, name),

  /** All feeds as OPML; each has its `feedPath`. */
  subscriptionList: '/feeds.opml',
  issueFeed: (format: FeedFormat) => `/issues/${feedFiles[format]}` as const,

  issues: '/issues',
  issue: (id: string) => filled(patterns.issue, id),
  issueMessage: (id: string) => filled(patterns.issueMessage, id),
  countedLink: (id: string) => filled(patterns.countedLink, id),

  subscribe: '/subscribe',
  embed: '/subscribe/embed',
  confirm: (token: string) => filled(patterns.confirm, token),
  preferences: (token: string) => filled(patterns.preferences, token),
  ownData: (token: string) => filled(patterns.ownData, token),
  unsubscribe: (token: string) => filled(patterns.unsubscribe, token),

  sitemap: '/sitemap.xml',
  robots: '/robots.txt',
  favicon: '/favicon.ico',
  health: '/healthz',
  readiness: '/readyz',
  metrics: '/metrics',

  admin: '/admin',
  adminLogin: '/admin/login',
  /** For a log-in link. */
  adminLoginLink: (token: string) => `/admin/login/${token}`,
  adminDigest: (name: string) => `/admin/digests/${name}`,
  adminMailbox: '/admin/mailbox',
  adminMail: (id: string) => `/admin/mailbox/${id}`,

  api: '/api/v1',
  apiIssue: (id: string) => `/api/v1/issues/${id}`,
  apiSubscriber: (id: string) => `/api/v1/subscribers/${id}`,
} as const

type Home = Pick<Publication, 'url'>

/** The absolute address of `path`: for feeds, mail and whatever else leaves the site. */
export function publicUrl({ url }: Home, path: string): string {
  return url + path
}

/** The path that the publication's own addresses begin with: empty, or `/news` where its URL is `https://example.org/news`. */
export function basePath({ url }: Home): string {
  return new URL(url).pathname.replace(/\/+$/, '')
}

/** The address of `path` without scheme and host, so that pages work under whatever name they are reached. */
export function localPath(publication: Home, path: string): string {
  return basePath(publication) + path
}

/** An absolute address of ours without scheme and host; others as they are. */
export function localHref(publication: Home, address: string): string {
  return address.startsWith(`${publication.url}/`) ? localPath(publication, address.slice(publication.url.length)) : address
}

export const feedFormats = ['rss', 'atom', 'json'] as const
export type FeedFormat = (typeof feedFormats)[number]

/** Which articles a feed carries. */
export type FeedScope =
  | { readonly kind: 'all' }
  /** Articles with any of these topics; sorted, at least one. */
  | { readonly kind: 'topics'; readonly topics: readonly string[] }
  | { readonly kind: 'author'; readonly author: string }

export interface FeedAddress {
  readonly format: FeedFormat
  readonly scope: FeedScope
  /** A part of the history: `2026-10`, or `2026-10-20` for the twenty oldest of that month. */
  readonly archive: string | undefined
}

const feedFiles = { rss: 'feed.xml', atom: 'atom.xml', json: 'feed.json' } as const
const archiveFiles: Readonly<Record<FeedFormat, readonly [string, string]>> = {
  rss: ['/feed/archive/', '.xml'],
  atom: ['/atom/archive/', '.xml'],
  json: ['/feed/archive/', '.json'],
}

/** The path of a feed, the same for all ways to write it. `feeds/feed-address.ts` reads it again. */
export function feedPath({ format, scope, archive }: FeedAddress): string {
  if (archive) return archiveFiles[format].join(archive)
  const file = feedFiles[format]
  if (scope.kind === 'author') return `${paths.author(scope.author)}/${file}`
  if (scope.kind === 'all') return `/${file}`
  if (scope.topics.length === 1) return `${paths.topic(scope.topics[0] ?? '')}/${file}`
  return `/${file}?topics=${scope.topics.map(encodeURIComponent).join(',')}`
}

/** The path of the RSS feed for whoever chose these topics, in any order; none means all articles. */
export function feedPathForTopics(topics: Iterable<string>): string {
  const chosen = [...new Set(topics)].sort()
  return feedPath({ format: 'rss', scope: chosen.length > 0 ? { kind: 'topics', topics: chosen } : { kind: 'all' }, archive: undefined })
}

function filled(pattern: string, value: string): string {
  return pattern.replace(/:\w+/, () => value)
}
