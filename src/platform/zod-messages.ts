import type { z } from 'zod'

/**
 * Zod error map for `safeParse`. Messages are predicates: "must be a number". A schema's own messages take precedence.
 * `thing` names the parts of the value: a `setting` of a file, a `field` of a request.
 */
export function zodMessages(thing: 'setting' | 'field'): z.core.$ZodErrorMap {
  return (issue) => {
    switch (issue.code) {
      case 'invalid_type':
        return issue.input === undefined ? 'is missing' : `must be ${kindCalled(issue.expected, thing)}`
      case 'invalid_value':
        return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
      case 'too_small':
        if (isNumeric(issue.origin)) return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
        return Number(issue.minimum) === 1 ? 'must not be empty' : `must have at least ${issue.minimum} ${partsOf(issue.origin)}`
      case 'too_big':
        if (isNumeric(issue.origin)) return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
        return `must have at most ${issue.maximum} ${partsOf(issue.origin)}`
      case 'unrecognized_keys':
        return `has no ${thing} called ${issue.keys.join(', ')}`
      case 'invalid_key':
        return `is not a valid name: it ${issue.issues[0]?.message ?? 'has an invalid format'}`
      default:
        return 'has an invalid format'
    }
  }
}

function kindCalled(expected: string, thing: string): string {
  return kinds[expected] ?? `a set of ${thing}s, each with a name and a value`
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
}

function isNumeric(origin: string): boolean {
  return origin === 'number' || origin === 'int' || origin === 'bigint'
}

function partsOf(origin: string): string {
  return origin === 'string' ? 'characters' : 'entries'
}
