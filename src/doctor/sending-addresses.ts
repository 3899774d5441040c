import { networkInterfaces } from 'node:os'
import { isLocal } from '../platform/url-rules.ts'
import type { CheckContext } from './check.ts'
import type { Answer } from './dns/dns.ts'
import { isPublicAddress } from './spf/evaluate.ts'

/** The addresses from which receivers get our mail. */
export interface SendingAddresses {
  readonly addresses: readonly string[]
  /** True if this machine delivers itself. A relay elsewhere may send from other addresses than it listens on. */
  readonly isCertain: boolean
  /** Why the name of the relay could not be looked up. */
  readonly failure: Extract<Answer<string>, { status: 'failed' }> | undefined
  /** How they were found, as the end of a sentence. */
  readonly from: string
}

/**
 * A relay on this machine sends from the public addresses of this machine, or behind NAT from those of the name that EHLO says. For a
 * relay elsewhere, the addresses of its name are the best guess.
 */
export async function sendingAddresses({ settings, dns }: Pick<CheckContext, 'settings' | 'dns'>): Promise<SendingAddresses> {
  const { host = '', name } = settings.smtp ?? {}
  const answer = isPublicAddress(host) ? ({ status: 'found', values: [host] } as const) : await dns.addresses(host)
  const found = answer.status === 'found' ? answer.values.filter(isPublicAddress) : []
  const failure = answer.status === 'failed' ? answer : undefined
  if (found.length > 0 || !isLocal(host)) return { addresses: found, isCertain: false, failure, from: `of ${host}` }
  const own = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
  const ownPublic = own.filter(isPublicAddress)
  if (ownPublic.length > 0) return { addresses: ownPublic, isCertain: true, failure: undefined, from: 'of this machine' }
  const named = name === undefined ? undefined : await dns.addresses(name)
  const ofName = named?.status === 'found' ? named.values.filter(isPublicAddress) : []
  return { addresses: ofName, isCertain: false, failure: undefined, from: `of ${name ?? 'this machine'}` }
}
