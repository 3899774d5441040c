import type { Liquid } from 'liquidjs'
import type { Messages, MessageValue } from './messages.ts'

type Argument = MessageValue | readonly [string, MessageValue]

/**
 * Liquid filters for messages: `{{ 'home.more' | t: count: 3 }}` is plain text, `{{ 'home.intro' | t_html: link: address }}` is HTML.
 * The language is that of the variable `language`, else of `publication.language`.
 */
export function registerMessageFilters(liquid: Liquid, messages: Messages): void {
  const languageOf = (context: { getSync(path: string[]): unknown; environments: object }): string => {
    const { language, publication } = context.environments as { language?: string; publication?: { language?: string } }
    return language ?? publication?.language ?? 'en'
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
}

function named(given: readonly Argument[]): Record<string, MessageValue> {
  return Object.fromEntries(given.filter((one): one is readonly [string, MessageValue] => Array.isArray(one)))
}
