import type { Answer, Dns } from '../dns/dns.ts'
import { isSpf, parseSpf, type SpfTerm } from './parse.ts'

/** An SPF record with what its terms look up. */
export interface SpfRecord {
  readonly domain: string
  readonly text: string
  readonly terms: readonly SpfMember[]
}

export interface SpfMember extends SpfTerm {
  /** Addresses that the term stands for: of `a` and `mx`. */
  readonly addresses: readonly string[]
  /** The record that `include` or `redirect` names. */
  readonly record: SpfRecord | undefined
  /** It depends on the mail, by a macro (RFC 7208 §7) or `ptr`, so it is not followed. */
  readonly isOpen: boolean
  /** Look-ups that it costs, with those of its own records. */
  readonly lookUps: number
}

export type SpfReading =
  /** No record, several, or DNS failed. */
  | { readonly status: 'none'; readonly answer: Answer<string> }
  | { readonly status: 'several'; readonly texts: readonly string[] }
  | {
      readonly status: 'read'
      readonly record: SpfRecord
      readonly lookUps: number
      /** What makes receivers ignore the record (permerror), as sentences. */
      readonly faults: readonly string[]
      /** Look-ups that failed for now (temperror). */
      readonly failures: readonly string[]
    }

/** Terms that cost a look-up (RFC 7208 §4.6.4). */
export const maxLookUps = 10
/** Look-ups that find nothing (RFC 7208 §4.6.4). */
const maxVoid = 2
/** MX records of one term (RFC 7208 §4.6.4). */
const maxMx = 10
/** Past the limit of receivers we count on, to say how far over it is, but not without end. */
const lookUpsFollowed = 40

/** Reads the SPF record of a domain with everything that it includes. Counts as if no mechanism matched, the worst case. */
export async function readSpf(dns: Dns, domain: string): Promise<SpfReading> {
  const answer = await dns.txt(domain)
  const texts = answer.status === 'found' ? answer.values.filter(isSpf) : []
  const [text] = texts
  if (text === undefined) return { status: 'none', answer }
  if (texts.length > 1) return { status: 'several', texts }
  const walk = new Walk(dns)
  const record = await walk.record(domain, text)
  if (walk.lookUps > maxLookUps) {
    const count = walk.lookUps >= lookUpsFollowed ? `at least ${lookUpsFollowed}` : String(walk.lookUps)
    walk.faults.push(`it needs ${count} look-ups, and receivers stop after ${maxLookUps}`)
  }
  if (walk.voids.length > maxVoid) walk.faults.push(`more than ${maxVoid} of its names do not exist: ${walk.voids.slice(0, 5).join(', ')}`)
  return { status: 'read', record, lookUps: walk.lookUps, faults: [...new Set(walk.faults)], failures: [...new Set(walk.failures)] }
}

/** Counts while it follows terms in their order. */
class Walk {
  readonly #dns: Dns
  lookUps = 0
  readonly voids: string[] = []
  readonly faults: string[] = []
  readonly failures: string[] = []

  constructor(dns: Dns) {
    this.#dns = dns
  }

  async record(domain: string, text: string): Promise<SpfRecord> {
    const { terms, faults } = parseSpf(text)
    this.faults.push(...faults.map((fault) => `${domain}: ${fault}`))
    const members: SpfMember[] = []
    for (const term of terms) {
      // `redirect` has no effect beside `all` (RFC 7208 §6.1).
      if (term.name === 'redirect' && terms.some(({ name }) => name === 'all')) continue
      const before = this.lookUps
      const found = await this.#follow(term, domain)
      members.push({ ...term, ...found, lookUps: this.lookUps - before })
      // Mechanisms after `all` are never tested (RFC 7208 §5.1).
      if (term.name === 'all') break
    }
    return { domain, text, terms: members }
  }

  async #follow(term: SpfTerm, domain: string): Promise<Pick<SpfMember, 'addresses' | 'record' | 'isOpen'>> {
    const nothing = { addresses: [], record: undefined, isOpen: false }
    if (term.name === 'all' || term.name === 'ip4' || term.name === 'ip6') return nothing
    if (this.lookUps >= lookUpsFollowed) return { ...nothing, isOpen: true }
    this.lookUps++
    const name = term.value ?? domain
    if (term.name === 'ptr' || name.includes('%')) return { ...nothing, isOpen: true }
    if (term.name === 'include' || term.name === 'redirect') return { ...nothing, record: await this.#included(term, name) }
    if (term.name === 'mx') return { ...nothing, addresses: await this.#exchanges(name) }
    const answer = await this.#dns.addresses(name)
    this.#note(answer, name)
    return { ...nothing, addresses: answer.status === 'found' ? answer.values : [] }
  }

  /** No record there is a permanent error (RFC 7208 §5.2 and §6.1). */
  async #included(term: SpfTerm, name: string): Promise<SpfRecord | undefined> {
    const answer = await this.#dns.txt(name)
    this.#note(answer, name)
    const texts = answer.status === 'found' ? answer.values.filter(isSpf) : []
    const [text] = texts
    if (texts.length > 1) this.faults.push(`${term.text} has ${texts.length} SPF records`)
    else if (text === undefined && answer.status !== 'failed') this.faults.push(`${term.text} has no SPF record`)
    return text === undefined ? undefined : this.record(name, text)
  }

  async #exchanges(name: string): Promise<string[]> {
    const answer = await this.#dns.mx(name)
    this.#note(answer, name)
    if (answer.status !== 'found') return []
    if (answer.values.length > maxMx) this.faults.push(`mx of ${name} has more than ${maxMx} records`)
    const found = await Promise.all(answer.values.slice(0, maxMx).map(({ exchange }) => this.#dns.addresses(exchange)))
    return found.flatMap((one) => (one.status === 'found' ? one.values : []))
  }

  #note(answer: Answer<unknown>, name: string): void {
    if (answer.status === 'none') this.voids.push(name)
    if (answer.status === 'failed') this.failures.push(`${name}: ${answer.reason}`)
  }
}
