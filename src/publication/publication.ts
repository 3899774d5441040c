import type { Dialect } from './dialects.ts'

/** What the operator publishes: `publication.yaml`, validated. The rest of the code uses this type, never the file. */
export interface Publication {
  readonly title: string
  readonly description: string
  /** Absolute base URL of every link, without a trailing slash. */
  readonly url: string
  readonly adminEmail: string | undefined
  /** `adminEmail` gets a mail about the last week each Monday. */
  readonly hasWeeklyReport: boolean
  /** BCP 47, such as `en` or `pt-BR`. */
  readonly language: string
  /** IANA zone in which schedules and date-only dates are read. */
  readonly timezone: string
  readonly sender: { readonly name: string; readonly email: string; readonly replyTo?: string | undefined }
  readonly postalAddress: string | undefined
  /** Key → label, in the order of the file. */
  readonly topics: ReadonlyMap<string, string>
  readonly feeds: { readonly entries: number; readonly hub: string | undefined }
  readonly digests: ReadonlyMap<string, DigestDefinition>
  /** Languages that readers can choose; at least one. */
  readonly languages: readonly string[]
  /** Sign-ups allowed per hour, from one network and in total. */
  readonly signUp: { readonly perNetwork: number; readonly overall: number }
  /** How much of a visitor's network address is kept as proof of consent. */
  readonly networkAddresses: 'full' | 'shortened' | 'none'
  /** How long unconfirmed sign-ups, delivery records, claims of feed readers and the log of webhooks are kept. */
  readonly retention: {
    readonly unconfirmedMs: number
    readonly deliveriesMs: number
    readonly feedClaimsMs: number
    readonly auditMs: number
    readonly webhooksMs: number
  }
  /** Absolute path of the folder that holds the articles. */
  readonly articlesFolder: string
  /** Absolute path of CONTENT_DIR. `/media/…` maps to it; files outside it are never served. */
  readonly contentFolder: string
  /** Absolute path of the folder that holds the notes of issues, in one folder for each digest. Inside the content folder. */
  readonly notesFolder: string
  readonly articles: ArticleSettings
  /** Accent colour of each colour scheme. */
  readonly accent: { readonly light: string; readonly dark: string }
  /** Absolute address of the picture shown instead of the title at the top of pages and emails. */
  readonly logo: string | undefined
  /** CSS font families of text and labels. Undefined: the templates' own fonts. */
  readonly fonts: { readonly text: string | undefined; readonly labels: string | undefined }
  /** Bytes of all pictures that one message may load. */
  readonly mailPictureBytes: number
  /** From so many readers the desk asks an operator to type their number before it sends an issue by hand. */
  readonly confirmAbove: number
  /** Which reader actions are counted, per issue and never per person. Both are off by default. */
  readonly measure: { readonly clicks: boolean; readonly opens: boolean }
}

/** How to read articles that were written for another generator. */
export interface ArticleSettings {
  /** Whether the articles are in `articles/`, where every file is meant to be an article. */
  readonly isOwnFolder: boolean
  /** Field → the names it is read from instead of the usual ones. An empty list switches the field off. */
  readonly fields: ReadonlyMap<ArticleField, readonly string[]>
  /** URL template of article pages on another site, with `{year} {month} {day} {slug} {path}`. */
  readonly links: string | undefined
  /** Source of ids: `permalink` (the page's address), a template like `links`, or a field name. Undefined: ids are minted. */
  readonly ids: string | undefined
  /** Author of articles that name none. */
  readonly author: string | undefined
  /** File that maps author ids to names, relative to the content folder. Undefined: the usual places are searched. */
  readonly authorsFile: string | undefined
  /** Kinds of hidden articles that are shown like all others. */
  readonly show: readonly ShownKind[]
  /** How files without a date are dated. Undefined: `leave_out`. */
  readonly undated?: 'leave_out' | 'git' | 'first_seen'
  /** Syntax beyond Markdown that is read. `auto`: what the folder shows to be in use. */
  readonly dialects: 'auto' | readonly Dialect[]
  /** How long articles stay in service when all their files are gone at once: an unmounted folder is not a withdrawal. */
  readonly missingForMs: number
  /** Longer files are not read. Undefined: 8 MB. */
  readonly maxFileBytes?: number | undefined
}

export const shownKinds = ['unlisted', 'expired', 'protected'] as const
export type ShownKind = (typeof shownKinds)[number]

/** Front-matter fields, by their documented names. */
export const articleFields = [
  'title',
  'subtitle',
  'description',
  'author',
  'read_time',
  'publish_date',
  'updated_date',
  'heroImage',
  'hero_alt',
  'cta',
  'cta_label',
  'cta_url',
  'id',
  'slug',
  'topics',
  'enclosures',
  'draft',
  'expires',
  'mail',
  'feed',
  'pinned',
  'permalink',
  'language',
] as const
export type ArticleField = (typeof articleFields)[number]

export interface DigestDefinition {
  /** The digest's key in the file. It is part of URLs and database rows. */
  readonly name: string
  readonly title: string
  /** Liquid pattern of the subject. Undefined: the default pattern. */
  readonly subject?: string | undefined
  readonly schedule: { readonly kind: 'cron'; readonly expression: string } | { readonly kind: 'on_publish'; readonly delayMs: number }
  /** Only articles with one of these topics. Empty: all articles. */
  readonly topics: readonly string[]
  readonly maxArticles: number
  readonly allowedLatenessMs: number
  /** How many existing articles the first issue includes. */
  readonly startWith: number
  /** Whether the address must be confirmed by a link before it gets its first issue. */
  readonly doubleOptIn: boolean
  /** Holds an issue for review: for this long before its slot, or until it is approved. Undefined: no hold. */
  readonly hold: { readonly aheadMs: number } | 'until_approved' | undefined
  /** How many readers get an issue first. The rest follow once that batch went well. Undefined: all at once. */
  readonly firstBatch: number | undefined
  /** From how many articles an issue begins with its contents. 0: never. */
  readonly contentsFrom: number
  /** How a card leads on if its article has no call to action. */
  readonly readOn: 'button' | 'link'
  /** How an issue shows its articles: as cards, as headlines only, or with their whole text. */
  readonly layout: DigestLayout
  /** Whether its issues are in the archive, its feeds and the sitemap. */
  readonly isArchived: boolean
}

export const digestLayouts = ['cards', 'headlines', 'full'] as const
export type DigestLayout = (typeof digestLayouts)[number]
