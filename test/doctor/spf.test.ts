import { Resolver } from 'node:dns/promises'
import fc from 'fast-check'
import { spf } from 'mailauth/lib/spf/index.js'
import { expect, test } from 'vitest'
import { Dns } from '../../src/doctor/dns/dns.ts'
import { evaluateSpf } from '../../src/doctor/spf/evaluate.ts'
import { parseSpf } from '../../src/doctor/spf/parse.ts'
import { maxLookUps, readSpf } from '../../src/doctor/spf/read.ts'
import { type Records, startNameServer } from '../support/name-server.ts'

const mechanisms = [
  'a',
  'a/24',
  'a:host.example.net',
  'a:host.example.net/30//64',
  'a:six.example.net',
  'mx',
  'mx:other.example.net/28',
  'ip4:192.0.2.0/25',
  'ip4:192.0.2.7',
  'ip6:2001:db8::/33',
  'ip6:2001:db8:8000::7',
  'include:some.example.net',
  'include:none.example.net',
  'include:chain.example.net',
]
const term = fc.tuple(fc.constantFrom('', '+', '-', '~', '?'), fc.constantFrom(...mechanisms)).map((parts) => parts.join(''))
const end = fc.constantFrom('', '-all', '~all', '?all', 'all', 'redirect=some.example.net', 'redirect=none.example.net')
/** At most ten look-ups: three of `include:chain`, and a redirect. */
const records = fc.tuple(fc.array(term, { maxLength: 3 }), end).map(([terms, last]) => ['v=spf1', ...terms, last].join(' ').trim())
const addresses = fc.constantFrom(
  ...['192.0.2.7', '192.0.2.77', '192.0.2.200', '198.51.100.1', '198.51.100.9', '203.0.113.3', '203.0.113.17', '203.0.113.130'],
  ...['2001:db8::1', '2001:db8:8000::7', '2001:db8:ffff::1', '2001:db8:c000:0:1::9'],
)

test('any record is read as mailauth reads it, from any address', async () => {
  const zone: Record<string, Records> = {
    'host.example.net': { A: ['203.0.113.1'], AAAA: ['2001:db8:c000::1'] },
    'six.example.net': { AAAA: ['2001:db8:ffff::1'] },
    'other.example.net': { MX: [[10, 'mx1.example.net']] },
    'mx1.example.net': { A: ['203.0.113.130'] },
    'some.example.net': { TXT: ['v=spf1 ip4:198.51.100.0/29 -ip4:203.0.113.16/28 ?ip6:2001:db8:ffff::/48 ~all'] },
    'none.example.net': { TXT: ['v=spf1 -all'] },
    'chain.example.net': { TXT: ['v=spf1 -ip4:198.51.100.9 redirect=last.example.net'] },
    'last.example.net': { TXT: ['v=spf1 a:host.example.net ip4:192.0.2.192/26 -all'] },
  }
  await using server = await startNameServer(zone)
  const resolver = new Resolver()
  resolver.setServers([server.address])
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(records, addresses, async (text, ip) => {
      zone['tide.example.org'] = { TXT: [text], A: ['192.0.2.77'], MX: [[5, 'mx1.example.net']] }
      const reading = await readSpf(new Dns([server.address], AbortSignal.timeout(20_000)), 'tide.example.org')
      if (reading.status !== 'read') throw new Error(reading.status)
      expect(reading.faults, text).toEqual([])
      const theirs = await spf({
        sender: 'news@tide.example.org',
        ip,
        helo: 'tide.example.org',
        mta: 'mx.example.org',
        resolver: (name: string, type: string) => resolver.resolve(name, type),
      } as Parameters<typeof spf>[0])
      const { result } = evaluateSpf(reading.record, ip)
      seen.set(result, (seen.get(result) ?? 0) + 1)
      expect(`${result} for ${ip}: ${text}`).toBe(`${theirs.status.result} for ${ip}: ${text}`)
    }),
    { numRuns: 150 },
  )
  expect([...seen.keys()].sort()).toEqual(['fail', 'neutral', 'pass', 'softfail'])
}, 60_000)

test('terms with a macro or ptr are counted and not followed, and make the result uncertain', async () => {
  await using server = await startNameServer({ 'tide.example.org': { TXT: ['v=spf1 exists:%{i}._spf.example.net ptr -all'] } })
  const reading = await readSpf(new Dns([server.address], AbortSignal.timeout(20_000)), 'tide.example.org')
  if (reading.status !== 'read') throw new Error(reading.status)
  expect(reading).toMatchObject({ lookUps: 2, faults: [] })
  expect(evaluateSpf(reading.record, '192.0.2.1')).toEqual({ result: 'fail', isUncertain: true })
  expect(server.asked).toEqual(['TXT tide.example.org'])
})

test.each([9, 10, 11])('%i look-ups are within the limit, or not', async (count) => {
  const terms = Array.from({ length: count }, (_, index) => `a:host${index}.example.net`)
  const hosts = Object.fromEntries(terms.map((one) => [one.slice(2), { A: ['192.0.2.1'] }]))
  await using server = await startNameServer({ ...hosts, 'tide.example.org': { TXT: [`v=spf1 ${terms.join(' ')} -all`] } })
  const reading = await readSpf(new Dns([server.address], AbortSignal.timeout(20_000)), 'tide.example.org')
  expect(reading).toMatchObject({ lookUps: count, faults: count > maxLookUps ? [expect.stringContaining(`${count} look-ups`)] : [] })
})

test('records that include each other widely end after a bounded number of questions', async () => {
  const all = Array.from({ length: 12 }, (_, index) => `n${index}.example.net`)
  const text = `v=spf1 ${all.map((name) => `include:${name} mx:${name}`).join(' ')} -all`
  const MX = Array.from({ length: 12 }, (_, index): [number, string] => [index, `mx${index}.example.net`])
  await using server = await startNameServer(Object.fromEntries(all.map((name) => [name, { TXT: [text], MX }])))
  const reading = await readSpf(new Dns([server.address], AbortSignal.timeout(20_000)), 'n0.example.net')
  expect(reading).toMatchObject({ status: 'read', lookUps: 40 })
  expect(server.asked.length).toBeLessThan(100)
})

test.each([
  ['v=spf1 ip4:192.0.2.0/33 -all'],
  ['v=spf1 ip4:2001:db8::1 -all'],
  ['v=spf1 ip6:192.0.2.1 -all'],
  ['v=spf1 a/33 -all'],
  ['v=spf1 include -all'],
  ['v=spf1 include: -all'],
  ['v=spf1 all:example.net'],
  ['v=spf1 mx; -all'],
  ['v=spf1 redirect='],
  ['v=spf1 redirect=a.example redirect=b.example'],
  ['v=spf1 -all/8'],
  ['v=spf1 ip4 -all'],
])('%s has a fault', (text) => {
  expect(parseSpf(text).faults).toHaveLength(1)
})
