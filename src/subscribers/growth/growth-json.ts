import type { Growth, GrowthPart } from './growth.ts'

/** Growth as JSON, for the API and the command line. */
export function growthJson(per: 'day' | 'week', { joined, left, net, periods, byDigest, bySource }: Growth) {
  const part = (name: 'digest' | 'source') => (one: GrowthPart) => ({ [name]: one.name, joined: one.joined, left: one.left, net: one.net })
  return { per, joined, left, net, periods, by_digest: byDigest.map(part('digest')), by_source: bySource.map(part('source')) }
}
