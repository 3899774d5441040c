/** The writer's own words and choices for one issue, as written. */
export interface Note {
  /** Plain text on one line, as are `preheader` and the call to action. */
  readonly subject: string | undefined
  readonly preheader: string | undefined
  /** The article that leads: a slug, an id or a file below the articles folder, as are the names of the lists. */
  readonly lead: string | undefined
  /** These articles come first, in this order. */
  readonly order: readonly string[]
  /** These articles wait for the next issue. */
  readonly postpone: readonly string[]
  /** This digest never carries these articles. */
  readonly exclude: readonly string[]
  readonly cta: string | undefined
  readonly ctaLabel: string | undefined
  readonly ctaUrl: string | undefined
  /** Whether an issue goes out even if no article is new. */
  readonly sendWithoutArticles: boolean
  /** Markdown above the articles, and below them after a line `<!-- articles -->`. */
  readonly body: string
}

export const emptyNote: Note = {
  subject: undefined,
  preheader: undefined,
  lead: undefined,
  order: [],
  postpone: [],
  exclude: [],
  cta: undefined,
  ctaLabel: undefined,
  ctaUrl: undefined,
  sendWithoutArticles: false,
  body: '',
}

export interface NoteFault {
  /** With an error the note cannot be used. */
  readonly severity: 'error' | 'warning'
  readonly field: string | undefined
  /** 1-based line in the text. */
  readonly line: number | undefined
  readonly reason: string
}

/** A note that was read, with all its faults. */
export interface ReadNote {
  /** Undefined: the text says nothing, or has errors. */
  readonly note: Note | undefined
  readonly faults: readonly NoteFault[]
  /** Line of each field in the text. */
  readonly lines: ReadonlyMap<string, number>
}

/** The words of a note in one language, ready for an email. */
export interface NoteWords {
  readonly subject?: string
  readonly preheader?: string
  /** Sanitised HTML with absolute addresses, or ''. */
  readonly above: string
  readonly below: string
  readonly callToAction?: { readonly text: string; readonly label: string; readonly url: string }
}

/** A note, frozen into its issue. */
export interface IssueNote {
  /** Such as `issues/weekly/next.md`; null for a note of the desk or the API. */
  readonly file: string | null
  /** The whole note in the form of a file. */
  readonly text: string
  readonly words: NoteWords
  /** Language in lower case → words that replace `words`. */
  readonly translations: Readonly<Record<string, NoteWords>>
  /** Ids of articles that the note moved. */
  readonly led: readonly string[]
  readonly postponed: readonly string[]
  readonly excluded: readonly string[]
}

/** The words for readers of `language`, in the language that they are in: exactly its own, else without a region, else the common ones. */
export function wordsFor({ words, translations }: IssueNote, language: string, own: string): NoteWords & { readonly language: string } {
  const tag = language.toLowerCase()
  const bare = tag.split('-')[0] ?? ''
  const found = translations[tag] ? tag : translations[bare] ? bare : undefined
  return found === undefined ? { ...words, language: own } : { ...(translations[found] ?? words), language: found }
}
