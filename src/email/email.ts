import { placeholder } from '../platform/placeholders.ts'

/** A rendered email. The outbox fills its named placeholders for each reader. */
export interface Email {
  readonly subject: string
  readonly html: string
  readonly text: string
}

/** Names of readers' own values. Placeholder marks in all other values are removed before rendering. */
export type PlaceholderName =
  | 'name'
  /** `, Ada` or empty, for `Hello{{ comma_name }}.` */
  | 'comma_name'
  /** `/topics/coast/feed.xml`: the feed of the reader's topics. */
  | 'feed_path'
  | 'confirm_token'
  | 'unsubscribe_token'
  | 'preferences_token'
  | 'login_token'

/** The placeholder for a reader's own value. */
export function readerPlaceholder(name: PlaceholderName): string {
  return placeholder(name)
}

/** What an email is rendered from: the template `templates/email/NAME.mjml`, its Liquid values and the language of its words. */
export type EmailRequest = {
  /** BCP 47. Default: the publication's language. */
  readonly language?: string
} & (
  | { readonly template: 'digest'; readonly values: DigestValues }
  | { readonly template: 'article'; readonly values: SingleValues }
  | { readonly template: 'confirm'; readonly values: ConfirmValues }
  | { readonly template: 'welcome'; readonly values: WelcomeValues }
  | { readonly template: 'goodbye'; readonly values: GoodbyeValues }
  | { readonly template: 'notice'; readonly values: NoticeValues }
  | { readonly template: 'login'; readonly values: LoginValues }
)

export interface PublicationValues {
  readonly title: string
  readonly url: string
  readonly language: string
  readonly postal_address: string
  readonly accent: { readonly light: string; readonly dark: string }
  /** CSS font families; empty for the template's own. */
  readonly fonts: { readonly text: string; readonly labels: string }
  /** The picture that replaces the title. Size in CSS pixels, null if unknown. */
  readonly logo: LogoValues | null
}

export interface LogoValues {
  readonly url: string
  readonly width: number | null
  readonly height: number | null
}

export interface ArticleValues {
  readonly title: string
  readonly subtitle: string
  readonly description: string
  readonly url: string
  /** BCP 47. Its script determines the text direction. */
  readonly language: string
  readonly author: string
  readonly read_minutes: number
  /** In the format of the publication's language: `12 November 2026`. */
  readonly date: string
  /** The same as a time (ISO 8601). Absent in issues of earlier versions. */
  readonly published_at?: string
  /** The label of the first topic, or empty. */
  readonly topic: string
  /** Size in CSS pixels. If it is null, the template uses 16:9. */
  readonly hero: { readonly url: string; readonly alt: string; readonly width: number | null; readonly height: number | null } | null
  /** An empty label becomes `email.read_on`. */
  readonly call_to_action: { readonly text: string; readonly label: string; readonly url: string } | null
}

/** The values of every issue besides its articles. */
interface IssueValues {
  readonly publication: PublicationValues
  readonly digest: { readonly name: string; readonly title: string }
  readonly issue: { readonly number: number; readonly date: string; readonly subject: string }
  /** These addresses may contain placeholders: `https://…/unsubscribe/<placeholder>`. */
  readonly links: {
    readonly unsubscribe: string
    readonly preferences: string
    readonly home: string
    /** The page of this issue. */
    readonly browser: string
    readonly feed: string
  }
  /** The writer's own words for this issue. */
  readonly note?: NoteValues | null
  /** Address of the tracking pixel; empty without `measure: opens`. */
  readonly pixel: string
  /** Placeholders, see `PlaceholderName`. */
  readonly reader_name: string
  readonly comma_name: string
}

export interface DigestValues extends IssueValues {
  /** Articles as cards. The template shows the first one larger. */
  readonly articles: readonly CardValues[]
  /** Articles as links below the cards. */
  readonly more: readonly { readonly title: string; readonly url: string; readonly language: string }[]
  /** Count of further articles, for which there is no room. */
  readonly unlisted: number
  /** Whether the digest is long: contents come first, and later cards are small. */
  readonly with_contents: boolean
  /** How a card leads on if its article has no call to action. Small cards always have a link. */
  readonly read_on: 'button' | 'link'
  readonly layout?: 'cards' | 'headlines' | 'full'
}

/** A card. With `body` it tells its article whole; templates see the result of `bodyForMail` as `prose`. */
export interface CardValues extends ArticleValues {
  readonly body?: BodyValues | null
}

/** A note. Templates see `above` and `below` as the results of `bodyForMail`. */
export interface NoteValues {
  /** What its button is about, for screen readers. */
  readonly title: string
  /** BCP 47. */
  readonly language: string
  /** Empty: the template chooses. */
  readonly preheader: string
  readonly above: BodyValues | null
  readonly below: BodyValues | null
  readonly call_to_action: { readonly text: string; readonly label: string; readonly url: string } | null
}

/** An issue of one whole article. */
export interface SingleValues extends IssueValues {
  readonly article: ArticleValues
  readonly body: BodyValues
}

/** The text of an article. Templates see the result of `bodyForMail` as `prose`. */
export interface BodyValues {
  /** Sanitised HTML with absolute addresses. */
  readonly html: string
  /** Limit in characters of `html`. Longer text is cut between two blocks. */
  readonly limit: number
  /** Email versions of the pictures in `html`. */
  readonly pictures: readonly PictureValues[]
}

export interface PictureValues {
  /** The address in `html`. */
  readonly original: string
  /** Empty: the budget of the message leaves the picture out. */
  readonly url: string
  readonly width: number | null
  readonly height: number | null
}

/** A digest as readers see it, such as `The week` and `Mondays at 08:00`. */
export interface DescribedDigest {
  readonly title: string
  readonly rhythm: string
}

export interface ConfirmValues {
  readonly publication: PublicationValues
  readonly digests: readonly DescribedDigest[]
  readonly links: { readonly confirm: string; readonly home: string }
  readonly expires_days: number
}

export interface WelcomeValues {
  readonly publication: PublicationValues
  /** Whether readers can choose topics. */
  readonly has_topics: boolean
  readonly digests: readonly DescribedDigest[]
  readonly links: { readonly preferences: string; readonly home: string; readonly feed: string }
}

export interface GoodbyeValues {
  readonly publication: PublicationValues
  /** The digests that the reader has just unsubscribed from; at least one. */
  readonly left: readonly DescribedDigest[]
  /** The digests that the reader still gets. */
  readonly remaining: readonly DescribedDigest[]
  /** `again`: the page to subscribe again. `preferences` is absent when nothing remains. Both may contain placeholders. */
  readonly links: { readonly again: string; readonly preferences?: string; readonly home: string; readonly feed: string }
}

export interface NoticeValues {
  readonly publication: PublicationValues
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly links: { readonly home: string }
}

/** Mail to an operator: a log-in link, or an invitation. */
export interface LoginValues {
  readonly publication: PublicationValues
  readonly subject: string
  readonly paragraphs: readonly string[]
  /** Label of the button that leads to `links.login`. */
  readonly button: string
  /** Below the button; may be empty. */
  readonly closing: string
  /** `login` may contain a placeholder. */
  readonly links: { readonly login: string; readonly home: string }
}
