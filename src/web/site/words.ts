import { type Words, wordsIn } from '../../platform/messages.ts'
import type { SiteContext } from './context.ts'

/** The words of a page. `language`: that of the reader whose link opened it. */
export function wordsOf(site: SiteContext, language: string = site.publication().language): Words {
  return wordsIn(site.messages, language)
}

/** Joins names as `language` does: `The week, The coast, daily and As it happens`; '' for none. */
export function listed(names: readonly string[], language: string): string {
  // Intl reads plain `en` as American English.
  return new Intl.ListFormat(language === 'en' ? 'en-GB' : language).format(names)
}
