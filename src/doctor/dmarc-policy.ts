import { type DmarcRecord, isDmarcAttempt, readDmarc } from './dmarc-record.ts'
import type { Answer, Dns } from './dns/dns.ts'
import { organisationOf } from './organisation.ts'

/** The policy that receivers find for a From domain. */
export type DmarcPolicy =
  | { readonly status: 'none'; readonly answer: Answer<string> }
  | { readonly status: 'several'; readonly domain: string; readonly texts: readonly string[] }
  | { readonly status: 'faulty'; readonly domain: string; readonly text: string; readonly fault: string }
  | { readonly status: 'read'; readonly domain: string; readonly text: string; readonly record: DmarcRecord }

/** Asks the domain, then its organisation (RFC 7489 §6.6.3). */
export async function findDmarc(dns: Dns, from: string): Promise<DmarcPolicy> {
  const own = await readAt(dns, from)
  const organisation = organisationOf(from)
  if (own.status !== 'none' || organisation === from || own.answer.status === 'failed') return own
  return readAt(dns, organisation)
}

async function readAt(dns: Dns, domain: string): Promise<DmarcPolicy> {
  const answer = await dns.txt(`_dmarc.${domain}`)
  const texts = answer.status === 'found' ? answer.values.filter(isDmarcAttempt) : []
  const [text] = texts
  if (text === undefined) return { status: 'none', answer }
  if (texts.length > 1) return { status: 'several', domain, texts }
  const reading = readDmarc(text)
  return reading.ok ? { status: 'read', domain, text, record: reading.record } : { status: 'faulty', domain, text, fault: reading.fault }
}
