import { authorKey } from './keys.ts'
import type { Publication } from './publication.ts'

/** Express route patterns of public URLs that contain a value, relative to the publication's URL. */
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
 * Every public URL, as a path below the publication's URL. Keys and slugs are encoded here. Ids and tokens need no
 * encoding; in mail, a placeholder may take the place of a token.
 */
export const paths = {
  home: '/',
  article: (slug: string) => filled(patterns.article, encodeURIComponent(slug)),
  topic: (key: string) => filled(patterns.topic, encodeURIComponent(key)),
  author: (key: string) => filled(patterns.author, encodeURIComponent(key)),
  privacy: '/privacy',
  /** `name` is already encoded and may contain slashes. */
  media: (name: string) => `/media/${name}`,
  mailImage: (name: string) => filled(patterns.mailImage, name),

  /** All feeds as OPML. `feedPath` builds the address of one feed. */
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
  adminLive: '/admin/live',
  adminLogin: '/admin/login',
  /** For a log-in link. */
  adminLoginLink: (token: string) => `/admin/login/${token}`,
  adminIssues: '/admin/issues',
  adminDigests: '/admin/digests',
  adminArticles: '/admin/articles',
  adminReaders: '/admin/readers',
  adminReader: (id: string) => `/admin/readers/${id}`,
  adminReaderNew: '/admin/readers/new',
  adminReaderImport: '/admin/readers/import',
  adminReaderImportRun: (id: string) => `/admin/readers/import/${id}`,
  adminReaderExport: '/admin/readers/export',
  adminReaderGrowth: '/admin/readers/growth',
  adminSuppressions: '/admin/suppressions',
  adminSettings: '/admin/settings',
  adminOperators: '/admin/operators',
  adminOperator: (id: string) => `/admin/operators/${id}`,
  adminTokens: '/admin/tokens',
  adminSessions: '/admin/sessions',
  adminAudit: '/admin/audit',
  adminDoctor: '/admin/doctor',
  adminWebhooks: '/admin/webhooks',
  adminWebhook: (id: string) => `/admin/webhooks/${id}`,
  /** Where whoever entered by ADMIN_TOKEN says the own address. */
  adminAddress: '/admin/address',
  adminDigest: (name: string) => `/admin/digests/${name}`,
  adminSend: (digest: string) => `/admin/digests/${digest}/send`,
  /** `path` of an article's file, relative to the articles folder. */
  adminArticle: (path: string) => `/admin/articles/${path.split('/').map(encodeURIComponent).join('/')}`,
  adminSending: '/admin/sending',
  adminIssue: (id: string) => `/admin/issues/${id}`,
  adminMailbox: '/admin/mailbox',
  adminMail: (id: string) => `/admin/mailbox/${id}`,

  api: '/api/v1',
  apiOperator: (id: string) => `/api/v1/operators/${id}`,
  apiIssue: (id: string) => `/api/v1/issues/${id}`,
  apiSubscriber: (id: string) => `/api/v1/subscribers/${id}`,
  apiWebhook: (id: string) => `/api/v1/webhooks/${id}`,
} as const

/** The page of an author. Undefined for a name without letters and digits, such as an emoji, which has no key. */
export function authorPath(name: string): string | undefined {
  const key = authorKey(name)
  return key === '' ? undefined : paths.author(key)
}

type Home = Pick<Publication, 'url'>

/** The absolute address of `path`, for feeds, mail and other uses outside the site. */
export function publicUrl({ url }: Home, path: string): string {
  return url + path
}

/** Path prefix of the publication: empty, or `/news` if its URL is `https://example.org/news`. */
export function basePath({ url }: Home): string {
  return new URL(url).pathname.replace(/\/+$/, '')
}

/** `path` with the prefix, without scheme and host, so pages work under any host name. */
export function localPath(publication: Home, path: string): string {
  return basePath(publication) + path
}

/** Removes scheme and host from an address of this publication. Returns other addresses unchanged. */
export function localHref(publication: Home, address: string): string {
  return address.startsWith(`${publication.url}/`) ? localPath(publication, address.slice(publication.url.length)) : address
}

export const feedFormats = ['rss', 'atom', 'json'] as const
export type FeedFormat = (typeof feedFormats)[number]

/** Which articles a feed contains. */
export type FeedScope =
  | { readonly kind: 'all' }
  /** Articles with any of these topics; sorted, at least one. */
  | { readonly kind: 'topics'; readonly topics: readonly string[] }
  | { readonly kind: 'author'; readonly author: string }

export interface FeedAddress {
  readonly format: FeedFormat
  readonly scope: FeedScope
  /** One part of the archive: `2026-10`, or `2026-10-20` for the twenty oldest entries of that month. */
  readonly archive: string | undefined
}

const feedFiles = { rss: 'feed.xml', atom: 'atom.xml', json: 'feed.json' } as const
const archiveFiles: Readonly<Record<FeedFormat, readonly [string, string]>> = {
  rss: ['/feed/archive/', '.xml'],
  atom: ['/atom/archive/', '.xml'],
  json: ['/feed/archive/', '.json'],
}

/** The canonical path of a feed. `feeds/feed-address.ts` parses it. */
export function feedPath({ format, scope, archive }: FeedAddress): string {
  if (archive) return archiveFiles[format].join(archive)
  const file = feedFiles[format]
  if (scope.kind === 'author') return `${paths.author(scope.author)}/${file}`
  if (scope.kind === 'all') return `/${file}`
  if (scope.topics.length === 1) return `${paths.topic(scope.topics[0] ?? '')}/${file}`
  return `/${file}?topics=${scope.topics.map(encodeURIComponent).join(',')}`
}

/** The path of the RSS feed for these topics, in any order. No topics: the feed of all articles. */
export function feedPathForTopics(topics: Iterable<string>): string {
  const chosen = [...new Set(topics)].sort()
  return feedPath({ format: 'rss', scope: chosen.length > 0 ? { kind: 'topics', topics: chosen } : { kind: 'all' }, archive: undefined })
}

function filled(pattern: string, value: string): string {
  return pattern.replace(/:\w+/, () => value)
}
