import type { Liquid } from 'liquidjs'
import { escapeInAnyQuotes } from './html/escape.ts'
import { MarkedText } from './marked-text.ts'
import type { Messages, MessageValue } from './messages.ts'

type Argument = MessageValue | readonly [string, MessageValue]

/**
 * Liquid filters for messages: `{{ 'home.more' | t: count: 3 }}` is plain text, `{{ 'home.intro' | t_html: link: address }}` is HTML.
 * `{{ reply | with_lang }}` shows a text that may be in another language than the page, and says in which.
 * The language is that of the variable `language`, else of `publication.language`, else of the global `language`.
 */
export function registerMessageFilters(liquid: Liquid, messages: Messages): void {
  const languageOf = (context: { readonly environments: object; readonly globals: object }): string => {
    const { language, publication } = context.environments as { language?: string; publication?: { language?: string } }
    return language ?? publication?.language ?? (context.globals as { language?: string }).language ?? 'en'
  }
  liquid.registerFilter('t', function (key: string, ...given: Argument[]) {
    return messages.text(languageOf(this.context), key, named(given))
  })
  liquid.registerFilter('t_html', {
    raw: true,
    handler(key: string, ...given: Argument[]) {
      return messages.html(languageOf(this.context), key, named(given))
    },
  })
  liquid.registerFilter('with_lang', {
    raw: true,
    handler(value: unknown) {
      return value instanceof MarkedText ? value.htmlOn(languageOf(this.context)) : escapeInAnyQuotes(String(value ?? ''))
    },
  })
}

function named(given: readonly Argument[]): Record<string, MessageValue> {
  return Object.fromEntries(given.filter((one): one is readonly [string, MessageValue] => Array.isArray(one)))
}
