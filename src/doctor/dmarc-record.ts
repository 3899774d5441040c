import { splitAddress } from '../platform/email-address.ts'

/** A policy record (RFC 7489 §6.3). */
export interface DmarcRecord {
  readonly policy: 'none' | 'quarantine' | 'reject'
  /** For subdomains; default: `policy`. */
  readonly subdomainPolicy: 'none' | 'quarantine' | 'reject'
  readonly dkimMode: 'r' | 's'
  readonly spfMode: 'r' | 's'
  readonly percent: number
  /** Domains that get reports. */
  readonly reportDomains: readonly string[]
  /** What receivers overlook or read otherwise, as sentences. */
  readonly remarks: readonly string[]
}

export type DmarcReading = { readonly ok: true; readonly record: DmarcRecord } | { readonly ok: false; readonly fault: string }

const policies = ['none', 'quarantine', 'reject'] as const
type Policy = (typeof policies)[number]

/** Whether a TXT record is meant for DMARC, rightly written or not. */
export function isDmarcAttempt(text: string): boolean {
  return /^["'\s]*v\s*=\s*"?dmarc/i.test(text)
}

/** Reads a record by its grammar (RFC 7489 §6.4). A fault makes receivers ignore all of it. */
export function readDmarc(text: string): DmarcReading {
  if (!/^v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text)) return { ok: false, fault: 'it must begin with v=DMARC1; in capital letters' }
  const tags = new Map<string, string>()
  const remarks: string[] = []
  for (const part of text.split(';').slice(1)) {
    if (part.trim() === '') continue
    const [, name = '', value = ''] = /^\s*([a-z]+)\s*=\s*(.*?)\s*$/is.exec(part) ?? []
    if (name === '') return { ok: false, fault: `"${part.trim()}" is not of the form tag=value; between tags` }
    const tag = name.toLowerCase()
    if (tags.has(tag)) return { ok: false, fault: `the tag ${tag} stands more than once` }
    tags.set(tag, value)
  }
  const policy = tags.get('p')?.toLowerCase()
  const sub = (tags.get('sp') ?? policy)?.toLowerCase()
  if (policy === undefined) return { ok: false, fault: 'the tag p is missing' }
  if (!isPolicy(policy)) return { ok: false, fault: `p=${policy} is none of none, quarantine and reject` }
  if (!isPolicy(sub)) return { ok: false, fault: `sp=${sub} is none of none, quarantine and reject` }
  const modes: ('r' | 's')[] = []
  for (const tag of ['adkim', 'aspf']) {
    const mode = tags.get(tag)?.toLowerCase() ?? 'r'
    if (mode !== 'r' && mode !== 's') return { ok: false, fault: `${tag}=${mode} is neither r nor s` }
    modes.push(mode)
  }
  const percent = tags.get('pct') ?? '100'
  if (!/^\d{1,3}$/.test(percent) || Number(percent) > 100) return { ok: false, fault: `pct=${percent} is no number from 0 to 100` }
  const reportDomains = new Set<string>()
  for (const tag of ['rua', 'ruf']) {
    for (const uri of (tags.get(tag) ?? '').split(',').map((one) => one.trim())) {
      if (uri === '') continue
      const domain = reportDomain(uri)
      if (domain === undefined) remarks.push(`${tag} has ${uri}, which is not of the form mailto:reports@example.org.`)
      else reportDomains.add(domain)
    }
  }
  const [dkimMode = 'r', spfMode = 'r'] = modes
  const record = { policy, subdomainPolicy: sub, dkimMode, spfMode, percent: Number(percent), reportDomains: [...reportDomains], remarks }
  return { ok: true, record }
}

function isPolicy(value: string | undefined): value is Policy {
  return policies.some((one) => one === value)
}

/** The domain of `mailto:a@example.org!10m`. */
function reportDomain(uri: string): string | undefined {
  const [, address = ''] = /^mailto:([^!?]+@[^!?]+)(?:[!?].*)?$/i.exec(uri) ?? []
  return address === '' ? undefined : splitAddress(address).domain.toLowerCase()
}
