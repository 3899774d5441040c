import type { MxRecord } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { asciiDomain } from '../../platform/email-address.ts'
import { parseNetworkAddress } from '../../platform/network.ts'
import { printable } from '../printable.ts'

/** What DNS says to one question. */
export type Answer<Value> =
  | { readonly status: 'found'; readonly values: readonly Value[] }
  /** NXDOMAIN: the name does not exist. `no record`: it exists, without a record of this type. */
  | { readonly status: 'none'; readonly reason: 'NXDOMAIN' | 'no record' }
  /** `isOurs`: the resolver that we ask cannot be reached, so nothing is known about the domain. */
  | { readonly status: 'failed'; readonly reason: string; readonly isOurs: boolean }

/** Of one try. A name server that knows the answer takes a tenth of it. */
const timeoutMs = 1_500
const tries = 2
const maxTimeoutMs = 2_500

/** Of one run of the checks. An SPF record of a stranger must not make us ask without end. */
const maxQuestions = 250

const failures: Readonly<Record<string, { readonly reason: string; readonly isOurs: boolean }>> = {
  ESERVFAIL: { reason: 'SERVFAIL', isOurs: false },
  EFORMERR: { reason: 'FORMERR', isOurs: false },
  EBADRESP: { reason: 'an answer that cannot be read', isOurs: false },
  EREFUSED: { reason: 'REFUSED', isOurs: true },
  ENOTIMP: { reason: 'NOTIMP', isOurs: true },
  ETIMEOUT: { reason: 'no answer in time', isOurs: true },
  ECANCELLED: { reason: 'no answer in time', isOurs: true },
  ECONNREFUSED: { reason: 'no name server there', isOurs: true },
}

/** Asks DNS. Each question is asked once; the answer is kept for the life of this object, which is one run of the checks. */
export class Dns {
  readonly servers: readonly string[]
  readonly #resolver: Resolver
  readonly #asked = new Map<string, Promise<Answer<unknown>>>()

  /** `servers`: those of DNS_SERVERS. Empty: those of the machine. */
  constructor(servers: readonly string[], signal: AbortSignal) {
    this.#resolver = new Resolver({ timeout: timeoutMs, tries, maxTimeout: maxTimeoutMs })
    if (servers.length > 0) this.#resolver.setServers(servers)
    this.servers = this.#resolver.getServers()
    signal.addEventListener('abort', () => this.#resolver.cancel(), { once: true })
  }

  /** Each record with its strings joined, as SPF, DKIM and DMARC want it (RFC 7208 §3.3). */
  txt(name: string): Promise<Answer<string>> {
    return this.#ask('TXT', name, async (one) => (await this.#resolver.resolveTxt(one)).map((strings) => strings.join('')))
  }

  mx(name: string): Promise<Answer<MxRecord>> {
    return this.#ask('MX', name, (one) => this.#resolver.resolveMx(one))
  }

  cname(name: string): Promise<Answer<string>> {
    return this.#ask('CNAME', name, (one) => this.#resolver.resolveCname(one))
  }

  /** The names of an address: its PTR records. */
  names(address: string): Promise<Answer<string>> {
    return this.#ask('PTR', reverseName(address), (one) => this.#resolver.resolvePtr(one))
  }

  /** A and AAAA records together. */
  async addresses(name: string): Promise<Answer<string>> {
    const [four, six] = await Promise.all([
      this.#ask('A', name, (one) => this.#resolver.resolve4(one)),
      this.#ask('AAAA', name, (one) => this.#resolver.resolve6(one)),
    ])
    const values = [four, six].flatMap((answer) => (answer.status === 'found' ? answer.values : []))
    if (values.length > 0) return { status: 'found', values }
    return four.status === 'failed' ? four : six.status === 'failed' ? six : four
  }

  #ask<Value>(type: string, name: string, resolve: (name: string) => Promise<Value[]>): Promise<Answer<Value>> {
    const ascii = asciiDomain(name).replace(/\.$/, '').toLowerCase()
    const key = `${type} ${ascii}`
    const known = this.#asked.get(key)
    if (known) return known as Promise<Answer<Value>>
    if (!isName(ascii)) return Promise.resolve({ status: 'none', reason: 'NXDOMAIN' })
    if (this.#asked.size >= maxQuestions)
      return Promise.resolve({ status: 'failed', reason: `more than ${maxQuestions} questions`, isOurs: false })
    const answer = resolve(ascii).then(
      (values): Answer<Value> => (values.length > 0 ? { status: 'found', values } : { status: 'none', reason: 'no record' }),
      (error: NodeJS.ErrnoException): Answer<Value> => failureOf(error.code ?? ''),
    )
    this.#asked.set(key, answer)
    return answer
  }
}

function failureOf(code: string): Answer<never> {
  if (code === 'ENOTFOUND' || code === 'EBADNAME') return { status: 'none', reason: 'NXDOMAIN' }
  if (code === 'ENODATA') return { status: 'none', reason: 'no record' }
  return { status: 'failed', ...(failures[code] ?? { reason: code, isOurs: true }) }
}

/** Lengths of RFC 1035 §2.3.4. Underscores occur in names of TXT records. */
function isName(name: string): boolean {
  return name.length <= 253 && /^(?:[\w*-]{1,63}\.)*[\w-]{1,63}$/.test(name)
}

/** The name of an address below in-addr.arpa (RFC 1035 §3.5) or ip6.arpa (RFC 3596 §2.5). Empty if it is no address. */
export function reverseName(address: string): string {
  const parsed = parseNetworkAddress(address)
  if (!parsed) return ''
  if (parsed.kind() === 'ipv4') return `${parsed.toString().split('.').reverse().join('.')}.in-addr.arpa`
  const digits = parsed.toByteArray().map((byte) => byte.toString(16).padStart(2, '0'))
  return `${[...digits.join('')].reverse().join('.')}.ip6.arpa`
}

/** An answer in words. */
export function describeAnswer(answer: Answer<string>): string {
  return answer.status === 'found' ? answer.values.map((value) => printable(value)).join(' | ') : answer.reason
}
