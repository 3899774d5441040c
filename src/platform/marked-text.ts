import { escapeInAnyQuotes } from './html/escape.ts'

/**
 * A text that says more as HTML than as plain text: in which language a part of it is. It prints as the plain text. The filters `with_lang`
 * and `t_html` print the HTML.
 */
export abstract class MarkedText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** As HTML on a page in `language` (BCP 47). */
  abstract htmlOn(language: string): string

  toString(): string {
    return this.text
  }
}

/** A text in another language than the page around it, such as the reply of a mail server. */
export class ForeignText extends MarkedText {
  /** BCP 47. */
  readonly language: string

  constructor(text: string, language: string) {
    super(text)
    this.language = language
  }

  /** Bare where it is the language of the page. */
  htmlOn(language: string): string {
    const text = escapeInAnyQuotes(this.text)
    if (primaryOf(this.language) === primaryOf(language)) return text
    const direction = primaryOf(this.language) === 'en' ? 'ltr' : 'auto'
    return `<span lang="${escapeInAnyQuotes(this.language)}" dir="${direction}">${text}</span>`
  }
}

/** A message in the language of the page, with foreign texts in it. */
export class MarkedMessage extends MarkedText {
  readonly #html: string

  constructor(text: string, html: string) {
    super(text)
    this.#html = html
  }

  htmlOn(): string {
    return this.#html
  }
}

/** Findings of checks, replies of servers, errors: the sentences of the command line and of the log. */
export function inEnglish(text: string): ForeignText {
  return new ForeignText(text, 'en')
}

function primaryOf(language: string): string {
  return language.split('-', 1)[0]?.toLowerCase() ?? ''
}
