/** What one check found. */
export type State = 'ok' | 'warn' | 'fail'

/** What the operator writes to mend it. */
export type Fix =
  /** A DNS record. `name` is complete, without the dot at its end. */
  | { readonly kind: 'record'; readonly name: string; readonly type: 'A' | 'MX' | 'PTR' | 'TXT'; readonly value: string }
  /** A variable of the environment, or a field of `publication.yaml`. */
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
  | { readonly kind: 'command'; readonly text: string }
  /** What can only be said in words. */
  | { readonly kind: 'advice'; readonly text: string }

/** One line of a check. A check without a title of its own for the line has that of the check. */
export interface Finding {
  readonly state: State
  readonly title?: string
  /** Such as `TXT example.org`. */
  readonly asked: string
  readonly answered: string
  /** A sentence; undefined if nothing is wrong. */
  readonly problem: string | undefined
  readonly fixes: readonly Fix[]
}

/** A finding, with the check that it came from. */
export interface Line extends Finding {
  /** The id of the check, such as `spf`. */
  readonly check: string
  readonly title: string
}

export function ok(asked: string, answered: string): Finding {
  return { state: 'ok', asked, answered, problem: undefined, fixes: [] }
}

export function warn(asked: string, answered: string, problem: string, ...fixes: readonly Fix[]): Finding {
  return { state: 'warn', asked, answered, problem, fixes }
}

export function fail(asked: string, answered: string, problem: string, ...fixes: readonly Fix[]): Finding {
  return { state: 'fail', asked, answered, problem, fixes }
}

export function record(name: string, type: 'A' | 'MX' | 'PTR' | 'TXT', value: string): Fix {
  return { kind: 'record', name, type, value }
}

export function setting(name: string, value: string): Fix {
  return { kind: 'setting', name, value }
}

export function advice(text: string): Fix {
  return { kind: 'advice', text }
}

/** Longest string in a TXT record (RFC 1035 §3.3.14). */
const maxString = 255

/** A record as a line of a zone file (RFC 1035 §5.1). A long text is cut into strings, which readers join without a space. */
export function zoneLine({ name, type, value }: Extract<Fix, { kind: 'record' }>): string {
  if (type !== 'TXT') return `${name}. ${type} ${value}`
  const strings = value.match(new RegExp(`[\\s\\S]{1,${maxString}}`, 'g')) ?? ['']
  return `${name}. TXT ${strings.map((one) => `"${one.replace(/["\\]/g, '\\$&')}"`).join(' ')}`
}
