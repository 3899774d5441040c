import { placeholder } from '../platform/placeholders.ts'

/** A mail's template and values made into text with named placeholders, each of which the outbox fills for one reader. */
export interface Email {
  readonly subject: string
  readonly html: string
  readonly text: string
}

/** A reader's own values. Other values lose the marks of placeholders before rendering. */
export type PlaceholderName =
  | 'name'
  /** `, Ada` or nothing, so that `Hello{{ comma_name }}.` is a sentence either way. */
  | 'comma_name'
  /** `/topics/coast/feed.xml`: the feed of what this reader gets by mail. */
  | 'feed_path'
  | 'confirm_token'
  | 'unsubscribe_token'
  | 'preferences_token'

/** Where a reader's own value goes. */
export function readerPlaceholder(name: PlaceholderName): string {
  return placeholder(name)
}

/** What a mail is rendered from: a template of `templates/email/NAME.mjml` and the values that its Liquid sees. */
export type EmailRequest =
  | { readonly template: 'digest'; readonly values: DigestValues }
  | { readonly template: 'article'; readonly values: SingleValues }
  | { readonly template: 'confirm'; readonly values: ConfirmValues }
  | { readonly template: 'welcome'; readonly values: WelcomeValues }
  | { readonly template: 'goodbye'; readonly values: GoodbyeValues }
  | { readonly template: 'notice'; readonly values: NoticeValues }

export interface PublicationValues {
  readonly title: string
  readonly url: string
  readonly language: string
  readonly postal_address: string
  readonly accent: { readonly light: string; readonly dark: string }
  /** CSS font families; empty where those of the template stand. */
  readonly fonts: { readonly text: string; readonly labels: string }
  /** The picture that stands for the title, with its pixels on the page where they are known. */
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
  /** BCP 47; its script says which way its text runs. */
  readonly language: string
  readonly author: string
  readonly read_minutes: number
  /** As a reader of the publication writes it: `12 November 2026`. */
  readonly date: string
  /** The label of its first topic, or empty. */
  readonly topic: string
  /** Pixels on the page; where they are not known the template keeps 16:9. */
  readonly hero: { readonly url: string; readonly alt: string; readonly width: number | null; readonly height: number | null } | null
  readonly call_to_action: { readonly text: string; readonly label: string; readonly url: string } | null
}

/** What stands around the articles of every issue. */
interface IssueValues {
  readonly publication: PublicationValues
  readonly digest: { readonly name: string; readonly title: string }
  readonly issue: { readonly number: number; readonly date: string; readonly subject: string }
  /** Placeholders stand in these addresses: `https://…/unsubscribe/<placeholder>`. */
  readonly links: {
    readonly unsubscribe: string
    readonly preferences: string
    readonly home: string
    /** The page of this issue. */
    readonly browser: string
    readonly feed: string
  }
  /** The picture that counts openings; empty where they are not measured. */
  readonly pixel: string
  /** The placeholder for the reader's name, and the one for the name after a comma. */
  readonly reader_name: string
  readonly comma_name: string
}

export interface DigestValues extends IssueValues {
  /** The first is the lead. */
  readonly articles: readonly ArticleValues[]
  /** Carried as a list of links below the cards. */
  readonly more: readonly { readonly title: string; readonly url: string; readonly language: string }[]
  /** How many more there are than the list has room for. */
  readonly unlisted: number
}

/** One article, told whole. */
export interface SingleValues extends IssueValues {
  readonly article: ArticleValues
  readonly body: BodyValues
}

/** The text of an article. A template sees it as `prose`: `html` made fit for mail, and `is_cut`. */
export interface BodyValues {
  /** Sanitised HTML in which every address is absolute. */
  readonly html: string
  /** Characters of `html` that there is room for; what is longer is cut between two paragraphs. */
  readonly limit: number
  /** What to show for the pictures in it. */
  readonly pictures: readonly PictureValues[]
}

export interface PictureValues {
  /** As it stands in the text. */
  readonly original: string
  readonly url: string
  readonly width: number | null
  readonly height: number | null
}

/** A digest as a reader knows it: `The week`, `Mondays at 08:00`. */
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
  readonly digests: readonly DescribedDigest[]
  readonly links: { readonly preferences: string; readonly home: string; readonly feed: string }
}

export interface GoodbyeValues {
  readonly publication: PublicationValues
  /** What was left just now; at least one. */
  readonly left: readonly DescribedDigest[]
  /** What still comes to the address. */
  readonly remaining: readonly DescribedDigest[]
  /** `again` opens the page where a reader can come back; it and `preferences` may hold placeholders. No `preferences` where nothing is left to choose. */
  readonly links: { readonly again: string; readonly preferences?: string; readonly home: string; readonly feed: string }
}

export interface NoticeValues {
  readonly publication: PublicationValues
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly links: { readonly home: string }
}
