import { createRequire } from 'node:module'
import type { Liquid } from 'liquidjs'

/** Liquid for one line of text, such as a subject: loaded when the first such pattern is met. */
const load = createRequire(import.meta.url)

/** Far above what a line takes. */
const limits = { parseLimit: 1e4, renderLimit: 100, memoryLimit: 1e6 }

let strict: Liquid | undefined
let lenient: Liquid | undefined

/** Why `pattern` cannot be used with values such as `sample`, which must have all that there may be; undefined where it can. */
export function faultOfPattern(pattern: string, sample: object): string | undefined {
  strict ??= open(true)
  try {
    return oneLine(strict.parseAndRenderSync(pattern, sample)) === '' ? 'comes out empty' : undefined
  } catch (error) {
    return (error as Error).message.replace(/, line:\d+, col:\d+$/s, '').split('\n', 1)[0]
  }
}

/** The line that a pattern makes of `values`, where what is missing leaves nothing; undefined where it makes none. Escapes nothing. */
export function fillTemplateLine(pattern: string, values: object): string | undefined {
  lenient ??= open(false)
  try {
    return oneLine(lenient.parseAndRenderSync(pattern, values)) || undefined
  } catch {
    return undefined
  }
}

function open(isStrict: boolean): Liquid {
  const { Liquid: Engine }: typeof import('liquidjs') = load('liquidjs')
  // No file is in reach: `templates` is all there is.
  return new Engine({ templates: {}, strictVariables: isStrict, strictFilters: true, ownPropertyOnly: true, timezoneOffset: 0, ...limits })
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
}
