import { parseNetworkAddress } from '../../platform/network.ts'

/** A mechanism or a modifier of an SPF record (RFC 7208 §5, §6). */
export interface SpfTerm {
  readonly text: string
  readonly qualifier: '+' | '-' | '~' | '?'
  readonly name: 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists' | 'redirect'
  /** Domain, or the address of `ip4` and `ip6`. Undefined: the domain of the record. */
  readonly value: string | undefined
  /** Prefix lengths for IPv4 and IPv6. */
  readonly bits: readonly [four: number, six: number]
}

export interface ParsedSpf {
  readonly terms: readonly SpfTerm[]
  /** Syntax errors, as sentences. Any of them makes receivers ignore the record (RFC 7208 §4.6). */
  readonly faults: readonly string[]
}

/** Whether a TXT record is meant for SPF (RFC 7208 §4.5). */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

const mechanism = /^([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::(.*?))?(\/\d{1,3})?(?:\/(\/\d{1,3}))?$/i
const modifier = /^([a-z][\w.-]*)=(.*)$/i

/** Reads a record that `isSpf` accepts (RFC 7208 §4.6.1 and §12). */
export function parseSpf(text: string): ParsedSpf {
  const terms: SpfTerm[] = []
  const faults: string[] = []
  for (const word of text.split(' ').slice(1)) {
    if (word === '') continue
    const term = readTerm(word)
    if (typeof term === 'string') faults.push(term)
    else if (term) terms.push(term)
  }
  if (terms.filter(({ name }) => name === 'redirect').length > 1) faults.push('redirect stands more than once')
  return { terms, faults }
}

/** A term, a fault, or undefined for a modifier that SPF ignores. */
function readTerm(word: string): SpfTerm | string | undefined {
  const [, key = '', target = ''] = modifier.exec(word) ?? []
  if (key.toLowerCase() === 'redirect') {
    return target === '' ? 'redirect names no domain' : { text: word, qualifier: '+', name: 'redirect', value: target, bits: [32, 128] }
  }
  if (key !== '') return undefined
  const [whole, sign = '', kind = '', given, four, six] = mechanism.exec(word) ?? []
  if (whole === undefined) return `${word} is no mechanism${/^[+?~-]?ipv[46]:/i.test(word) ? ': write ip4: or ip6:' : ''}`
  const name = kind.toLowerCase() as SpfTerm['name']
  const bits: [number, number] = [four ? Number(four.slice(1)) : 32, six ? Number(six.slice(1)) : 128]
  const base = { text: word, qualifier: (sign || '+') as SpfTerm['qualifier'], name }
  if (name === 'ip4' || name === 'ip6') return readNetwork(base, given ?? '', four, six)
  const mayHaveBits = name === 'a' || name === 'mx'
  if (!mayHaveBits && (four ?? six) !== undefined) return `${word} has a prefix length, which only a, mx, ip4 and ip6 have`
  if (bits[0] > 32 || bits[1] > 128) return `${word} has a prefix length that is too long`
  if (given === '' || ((name === 'include' || name === 'exists') && given === undefined)) return `${word} names no domain`
  if (name === 'all' && given !== undefined) return `${word} has a domain, and all has none`
  return { ...base, value: given, bits }
}

function readNetwork(
  base: Pick<SpfTerm, 'text' | 'qualifier' | 'name'>,
  given: string,
  length: string | undefined,
  second: string | undefined,
): SpfTerm | string {
  const parsed = parseNetworkAddress(given)
  const longest = base.name === 'ip4' ? 32 : 128
  const bits = length === undefined ? longest : Number(length.slice(1))
  const isRight = parsed?.kind() === (base.name === 'ip4' ? 'ipv4' : 'ipv6') && bits <= longest && second === undefined
  return isRight
    ? { ...base, value: given, bits: [bits, bits] }
    : `${base.text} is no ${base.name === 'ip4' ? 'IPv4' : 'IPv6'} address or network`
}
