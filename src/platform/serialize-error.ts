import { redact } from './redact.ts'

/** Limits for properties that libraries add to errors, which may contain a whole message or template. */
const maxValues = 100
const maxDepth = 4
const maxPropertyCharacters = 500

/** Properties whose names mark them as secret. */
const secretName = /(?:pass(?:word|wd|phrase)?|secret|token|authorization|cookie|credentials|(?:api|private)[-_]?key)$/i

/**
 * Wraps `standard`, Pino's error serializer. Keeps type, message, stack, causes, the errors of an AggregateError and further properties,
 * and removes email addresses, tokens and passwords from all of them.
 */
export function errorSerializer(standard: (error: Error) => unknown): (error: unknown) => unknown {
  return (error) => {
    let left = maxValues

    function clean(value: unknown, depth: number, maxCharacters: number): unknown {
      if (typeof value === 'string') return shorten(redact(value), maxCharacters)
      if (typeof value === 'bigint') return String(value)
      if (typeof value !== 'object' || value === null || value instanceof Date) return typeof value === 'function' ? undefined : value
      if (ArrayBuffer.isView(value)) return `‹${value.byteLength} bytes›`
      if (depth === maxDepth) return '‹…›'
      if (Array.isArray(value))
        return value.slice(0, maxValues).flatMap((one) => (left-- > 0 ? [clean(one, depth + 1, maxCharacters)] : []))
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, one]) => (left-- > 0 ? [[redact(name), cleanProperty(name, one, depth + 1)]] : [])),
      )
    }

    function cleanProperty(name: string, value: unknown, depth: number): unknown {
      if (secretName.test(name) && value !== null && value !== undefined) return '‹secret›'
      return clean(value, depth, name === 'stack' || name === 'message' ? Number.POSITIVE_INFINITY : maxPropertyCharacters)
    }

    return clean(error instanceof Error ? standard(error) : error, 0, maxPropertyCharacters)
  }
}

function shorten(text: string, maxCharacters: number): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
}
