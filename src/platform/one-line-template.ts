import { createRequire } from 'node:module'
import type { Liquid } from 'liquidjs'

/** Liquid for one line of text, such as a subject. Loaded on first use. */
const load = createRequire(import.meta.url)

/** Far above the needs of one line. */
const limits = { parseLimit: 1e4, renderLimit: 100, memoryLimit: 1e6 }

let strict: Liquid | undefined
let lenient: Liquid | undefined

/** Why `pattern` is invalid for values such as `sample`, which must contain every variable. Undefined if it is valid. */
export function faultOfPattern(pattern: string, sample: object): string | undefined {
  strict ??= open(true)
  try {
    return oneLine(strict.parseAndRenderSync(pattern, sample)) === '' ? 'comes out empty' : undefined
  } catch (error) {
    return (error as Error).message.replace(/, line:\d+, col:\d+$/s, '').split('\n', 1)[0]
  }
}

/** Fills a pattern. Missing values are empty. Returns undefined if the pattern fails or the line is empty. Escapes nothing. */
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
  // `templates: {}` disables file access.
  return new Engine({ templates: {}, strictVariables: isStrict, strictFilters: true, ownPropertyOnly: true, timezoneOffset: 0, ...limits })
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
}
