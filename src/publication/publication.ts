/** What the operator publishes, read from `publication.yaml` and validated. Nothing past this sees the file. */
export interface Publication {
  readonly title: string
  readonly description: string
  /** Absolute, without a slash at the end: what every link begins with. */
  readonly url: string
  readonly adminEmail: string | undefined
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
  /** What readers can choose between; at least one. */
  readonly languages: readonly string[]
  /** Sign-ups an hour, from one network and from all of them. */
  readonly signUp: { readonly perNetwork: number; readonly overall: number }
  /** How much of a visitor's network address is kept as proof of consent. */
  readonly networkAddresses: 'full' | 'shortened' | 'none'
  /** How long what is not needed any more is kept: sign-ups that nobody confirmed, and the record of each delivery. */
  readonly retention: { readonly unconfirmedMs: number; readonly deliveriesMs: number }
  /** Absolute path of the folder that holds the articles. */
  readonly articlesFolder: string
  /** Absolute path of CONTENT_DIR: `/media/…` is addressed from here, and nothing outside it is served. */
  readonly contentFolder: string
  readonly articles: ArticleSettings
  /** The one colour besides ink and paper, of either scheme. */
  readonly accent: { readonly light: string; readonly dark: string }
  /** Absolute address of the picture that stands for the title at the head of pages and mail. */
  readonly logo: string | undefined
  /** CSS font families of text and of labels; undefined where those of the templates stand. */
  readonly fonts: { readonly text: string | undefined; readonly labels: string | undefined }
  /** What is counted of readers' doings, for an issue as a whole and never for a person; both off unless the operator says so. */
  readonly measure: { readonly clicks: boolean; readonly opens: boolean }
}

/** How the front matter of the articles is to be understood, where it is not written as this service has it. */
export interface ArticleSettings {
  /** Whether they lie in the folder made for them, where each file is meant to be an article. */
  readonly isOwnFolder: boolean
  /** Field → the names it is read from, instead of the usual ones; none switches it off. */
  readonly fields: ReadonlyMap<ArticleField, readonly string[]>
  /** Where the pages of articles live, if not here: an address with `{year} {month} {day} {slug} {path}`. */
  readonly links: string | undefined
  /** Where ids come from: `permalink` (the address of the page), a template like `links`, or the name of a field. Minted where absent. */
  readonly ids: string | undefined
  /** Who wrote what names no author. */
  readonly author: string | undefined
  /** The file that says who the ids of authors are, relative to the content folder; the usual places are looked at where absent. */
  readonly authorsFile: string | undefined
}

/** What is read from front matter, under its names of the interface. */
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
  'permalink',
  'language',
] as const
export type ArticleField = (typeof articleFields)[number]

export interface DigestDefinition {
  /** The key in the file: part of addresses and of the ledger. */
  readonly name: string
  readonly title: string
  /** Liquid pattern of its subjects; undefined where the usual one stands. */
  readonly subject?: string | undefined
  readonly schedule: { readonly kind: 'cron'; readonly expression: string } | { readonly kind: 'on_publish'; readonly delayMs: number }
  /** Only articles with one of these topics; none named means all articles. */
  readonly topics: readonly string[]
  readonly maxArticles: number
  readonly allowedLatenessMs: number
  /** How many of the articles that are already there the first issue carries. */
  readonly startWith: number
  /** Whether the address must be proven by a link before the first issue goes to it. */
  readonly doubleOptIn: boolean
  /** Whether an issue waits for the operator: this long before its slot, or until it is approved, however long that takes. */
  readonly hold: { readonly aheadMs: number } | 'until_approved' | undefined
  /** How many readers get an issue first; the rest only once that went well. Undefined: all at once. */
  readonly firstBatch: number | undefined
}
