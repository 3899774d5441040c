import { generateKeyPairSync } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { alignmentCheck } from '../../src/doctor/checks/alignment.ts'
import { bounceMxCheck } from '../../src/doctor/checks/bounce-mx.ts'
import { dkimCheck } from '../../src/doctor/checks/dkim.ts'
import { dmarcCheck } from '../../src/doctor/checks/dmarc.ts'
import { dmarcReportsCheck } from '../../src/doctor/checks/dmarc-reports.ts'
import { returnPathCheck } from '../../src/doctor/checks/return-path.ts'
import { reverseDnsCheck } from '../../src/doctor/checks/reverse-dns.ts'
import { spfCheck } from '../../src/doctor/checks/spf.ts'
import type { State } from '../../src/doctor/line.ts'
import type { Zone } from '../support/name-server.ts'
import { startWorld, type World } from '../support/world.ts'
import { type Changes, examine, ownKey, rightSettings, sendingAddress } from './examination.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({})
})

afterAll(() => world[Symbol.asyncDispose]())

const dnsChecks = [spfCheck, dkimCheck, dmarcCheck, dmarcReportsCheck, alignmentCheck, returnPathCheck, bounceMxCheck, reverseDnsCheck]

test('nothing is wrong with the right records, also where a key is split into strings', async () => {
  const lines = await examine(world, dnsChecks)
  expect(lines.map(({ check, state, problem }) => [check, state, problem])).toEqual(dnsChecks.map(({ id }) => [id, 'ok', undefined]))
})

/** A record of ten names that include one another, eleven look-ups in all. */
const manyIncludes: Zone = Object.fromEntries(
  Array.from({ length: 11 }, (_, index) => [
    `_spf${index}.example.org`,
    { TXT: [index === 10 ? 'v=spf1 ip4:192.0.2.1 -all' : `v=spf1 include:_spf${index + 1}.example.org -all`] },
  ]),
)
const spf = (...texts: readonly string[]): Changes => ({
  zone: { 'tide.example.org': { TXT: texts, MX: [[10, 'mx.example.org']] } },
})
const dkim = (...TXT: readonly string[]): Changes => ({ zone: { 'mail._domainkey.tide.example.org': { TXT } } })
const dmarc = (...TXT: readonly string[]): Changes => ({ zone: { '_dmarc.tide.example.org': { TXT } } })
const keyOf = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')

interface Mistake {
  readonly what: string
  readonly check: Check
  readonly changes: Changes
  readonly state: State
  readonly problem: string
  /** Part of what to write: a line of a zone file, or a setting. */
  readonly fix: string
}

const rightSpf = `tide.example.org TXT v=spf1 a:smtp.tide.example.org ~all`
const rightKey = `mail._domainkey.tide.example.org TXT v=DKIM1; k=rsa; p=${ownKey}`
const isGone = { zone: { 'tide.example.org': { TXT: ['hello'] } } }

const mistakes: readonly Mistake[] = [
  { what: 'no SPF', check: spfCheck, changes: isGone, state: 'fail', problem: 'has no SPF record', fix: rightSpf },
  {
    what: 'two SPF records',
    check: spfCheck,
    changes: spf('v=spf1 ip4:192.0.2.1 -all', `v=spf1 include:_spf.example.com ~all`),
    state: 'fail',
    problem: 'has 2 SPF records, and receivers accept one',
    fix: 'tide.example.org TXT v=spf1 ip4:192.0.2.1 include:_spf.example.com ~all',
  },
  {
    what: 'over ten look-ups',
    check: spfCheck,
    changes: { zone: { ...manyIncludes, ...spf(`v=spf1 include:_spf0.example.org -all`).zone } },
    state: 'fail',
    problem: 'it needs 11 look-ups, and receivers stop after 10',
    fix: rightSpf,
  },
  {
    what: 'an include of itself',
    check: spfCheck,
    changes: spf('v=spf1 include:tide.example.org -all'),
    state: 'fail',
    problem: 'it needs at least 40 look-ups',
    fix: rightSpf,
  },
  {
    what: 'names that do not exist',
    check: spfCheck,
    changes: spf('v=spf1 a:no1.example.org a:no2.example.org mx:no3.example.org ~all'),
    state: 'fail',
    problem: 'more than 2 of its names do not exist',
    fix: rightSpf,
  },
  {
    what: '+all',
    check: spfCheck,
    changes: spf('v=spf1 mx +all'),
    state: 'fail',
    problem: 'anybody may send mail in your name',
    fix: 'tide.example.org TXT v=spf1 mx ~all',
  },
  {
    what: '+all in what it redirects to',
    check: spfCheck,
    changes: { zone: { ...spf('v=spf1 redirect=_spf.example.org').zone, '_spf.example.org': { TXT: ['v=spf1 all'] } } },
    state: 'fail',
    problem: 'anybody may send mail in your name',
    fix: 'tide.example.org TXT v=spf1 redirect=_spf.example.org ~all',
  },
  {
    what: 'no end',
    check: spfCheck,
    changes: spf(`v=spf1 ip4:${sendingAddress}`),
    state: 'warn',
    problem: 'must end with ~all or -all',
    fix: `v=spf1 ip4:${sendingAddress} ~all`,
  },
  {
    what: 'an include without a record',
    check: spfCheck,
    changes: spf('v=spf1 include:_spf.exmaple.org ~all'),
    state: 'fail',
    problem: 'include:_spf.exmaple.org has no SPF record',
    fix: rightSpf,
  },
  {
    what: 'the include of another service',
    check: spfCheck,
    changes: {
      zone: { ...spf('v=spf1 include:_spf.example.com -all').zone, '_spf.example.com': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] } },
    },
    state: 'warn',
    problem: `does not allow ${sendingAddress}`,
    fix: 'v=spf1 include:_spf.example.com a:smtp.tide.example.org -all',
  },
  {
    what: 'a service that is not included',
    check: spfCheck,
    changes: { settings: { smtp: { ...rightSettings.smtp, host: 'email-smtp.eu-west-1.amazonaws.com' } } },
    state: 'warn',
    problem: 'does not include amazonses.com',
    fix: `v=spf1 ip4:${sendingAddress} include:amazonses.com -all`,
  },
  {
    what: 'a syntax error',
    check: spfCheck,
    changes: spf('v=spf1 ipv4:192.0.2.1 ip4:192.0.2.300 -all'),
    state: 'fail',
    problem: 'ipv4:192.0.2.1 is no mechanism: write ip4: or ip6:',
    fix: rightSpf,
  },

  {
    what: 'no DKIM',
    check: dkimCheck,
    changes: { zone: { 'mail._domainkey.tide.example.org': {} } },
    state: 'fail',
    problem: 'is not published',
    fix: rightKey,
  },
  {
    what: 'no key here',
    check: dkimCheck,
    changes: { settings: { dkim: undefined } },
    state: 'warn',
    problem: 'Mail is not signed here',
    fix: 'DKIM_DOMAIN=tide.example.org',
  },
  {
    what: 'the wrong selector',
    check: dkimCheck,
    changes: { zone: { 's1._domainkey.tide.example.org': { TXT: [`v=DKIM1; p=${ownKey}`] }, 'mail._domainkey.tide.example.org': {} } },
    state: 'fail',
    problem: 'our key is published under s1',
    fix: 'DKIM_SELECTOR=s1',
  },
  {
    what: 'another key',
    check: dkimCheck,
    changes: dkim(`v=DKIM1; k=rsa; p=${keyOf(2_048)}`),
    state: 'fail',
    problem: 'Another key is published',
    fix: rightKey,
  },
  { what: 'a revoked key', check: dkimCheck, changes: dkim('v=DKIM1; p='), state: 'fail', problem: 'is revoked', fix: rightKey },
  {
    what: 'a key split into two records',
    check: dkimCheck,
    changes: dkim(`v=DKIM1; k=rsa; p=${ownKey.slice(0, 200)}`, ownKey.slice(200)),
    state: 'fail',
    problem: 'split over 2 TXT records',
    fix: rightKey,
  },
  {
    what: 'a key that is cut off',
    check: dkimCheck,
    changes: dkim(`v=DKIM1; k=rsa; p=${ownKey.slice(0, 237)}`),
    state: 'fail',
    problem: 'cut off after 237 of 392 characters',
    fix: rightKey,
  },
  {
    what: 'a key with quotation marks in it',
    check: dkimCheck,
    changes: dkim(`v=DKIM1; k=rsa; p=${ownKey.slice(0, 200)}" "${ownKey.slice(200)}`),
    state: 'fail',
    problem: 'quotation marks',
    fix: rightKey,
  },
  {
    what: '1,024 bits',
    check: dkimCheck,
    changes: dkim(`v=DKIM1; k=rsa; p=${keyOf(1_024)}`),
    state: 'fail',
    problem: 'has 1024 bits',
    fix: rightKey,
  },
  { what: 'a test of DKIM', check: dkimCheck, changes: dkim(`v=DKIM1; t=y; p=${ownKey}`), state: 'warn', problem: 't=y', fix: rightKey },
  {
    what: 'a key for sha1',
    check: dkimCheck,
    changes: dkim(`v=DKIM1; h=sha1; p=${ownKey}`),
    state: 'fail',
    problem: 'the hash sha1',
    fix: rightKey,
  },

  {
    what: 'no DMARC',
    check: dmarcCheck,
    changes: { zone: { '_dmarc.tide.example.org': {} } },
    state: 'fail',
    problem: 'has no DMARC policy',
    fix: '_dmarc.example.org TXT v=DMARC1; p=none; rua=mailto:editor@tide.example.org',
  },
  {
    what: 'a syntax error',
    check: dmarcCheck,
    changes: dmarc('v=DMARC1 p=reject'),
    state: 'fail',
    problem: 'it must begin with v=DMARC1;',
    fix: '_dmarc.tide.example.org TXT v=DMARC1; p=none',
  },
  {
    what: 'no policy',
    check: dmarcCheck,
    changes: dmarc('v=DMARC1; rua=mailto:a@tide.example.org'),
    state: 'fail',
    problem: 'the tag p is missing',
    fix: 'p=none',
  },
  {
    what: 'a policy that does not exist',
    check: dmarcCheck,
    changes: dmarc('v=DMARC1; p=block'),
    state: 'fail',
    problem: 'p=block is none of',
    fix: 'p=none',
  },
  {
    what: 'two records',
    check: dmarcCheck,
    changes: dmarc('v=DMARC1; p=none', 'v=DMARC1; p=reject'),
    state: 'fail',
    problem: '2 DMARC records',
    fix: 'p=none',
  },
  {
    what: 'p=none',
    check: dmarcCheck,
    changes: dmarc('v=DMARC1; p=none; rua=mailto:a@tide.example.org'),
    state: 'warn',
    problem: 'only asks for reports',
    fix: '_dmarc.tide.example.org TXT v=DMARC1; p=quarantine; rua=mailto:a@tide.example.org',
  },
  {
    what: 'sp=none of the organisation',
    check: dmarcCheck,
    changes: { zone: { '_dmarc.tide.example.org': {}, '_dmarc.example.org': { TXT: ['v=DMARC1; p=reject; sp=none'] } } },
    state: 'warn',
    problem: 'sp=none only asks for reports',
    fix: '_dmarc.example.org TXT v=DMARC1; p=reject; sp=quarantine',
  },
  {
    what: 'reports to a foreign domain',
    check: dmarcReportsCheck,
    changes: dmarc('v=DMARC1; p=reject; rua=mailto:a@reports.example.com!10m'),
    state: 'warn',
    problem: 'reports.example.com does not say that it takes reports about tide.example.org',
    fix: 'tide.example.org._report._dmarc.reports.example.com TXT v=DMARC1',
  },
  {
    what: 'a misaligned From',
    check: alignmentCheck,
    changes: { from: 'news@tide.example.com' },
    state: 'fail',
    problem: 'Neither the signature nor the return path belongs to tide.example.com',
    fix: 'DKIM_DOMAIN=tide.example.com',
  },
  {
    what: 'a From that strict alignment refuses',
    check: alignmentCheck,
    changes: {
      settings: { dkim: { ...rightSettings.dkim, domain: 'example.org' }, bounceAddress: 'bounces@example.org' },
      ...dmarc('v=DMARC1; p=reject; adkim=s; aspf=s'),
    },
    state: 'fail',
    problem: 'Neither the signature nor the return path belongs to tide.example.org',
    fix: 'BOUNCE_ADDRESS=bounces@tide.example.org',
  },
  {
    what: 'a signature of another domain',
    check: alignmentCheck,
    changes: { settings: { dkim: { ...rightSettings.dkim, domain: 'example.com' } } },
    state: 'warn',
    problem: 'The signature does not belong to tide.example.org',
    fix: 'DKIM_DOMAIN=tide.example.org',
  },

  {
    what: 'bounces that nobody reads',
    check: returnPathCheck,
    changes: { settings: { isMailRead: false } },
    state: 'warn',
    problem: 'nothing fetches them',
    fix: 'BOUNCE_IMAP_URL',
  },
  {
    what: 'no return address',
    check: returnPathCheck,
    changes: { settings: { isMailRead: false, bounceAddress: undefined } },
    state: 'warn',
    problem: 'Bounces go to news@tide.example.org',
    fix: 'BOUNCE_ADDRESS=bounces@tide.example.org',
  },
  { what: 'no MX', check: bounceMxCheck, changes: isGone, state: 'fail', problem: 'takes no mail', fix: 'tide.example.org MX 10 ' },
  {
    what: 'no MX beside an address',
    check: bounceMxCheck,
    changes: { zone: { 'tide.example.org': { A: [sendingAddress] } }, settings: { inboundSmtpPort: 2525 } },
    state: 'warn',
    problem: 'has no MX record',
    fix: 'tide.example.org MX 10 tide.example.org.',
  },
  {
    what: 'MX to a CNAME',
    check: bounceMxCheck,
    changes: { zone: { 'mx.example.org': { CNAME: 'host.example.org' }, 'host.example.org': { A: [sendingAddress] } } },
    state: 'fail',
    problem: 'mx.example.org is a CNAME of host.example.org',
    fix: 'tide.example.org MX 10 host.example.org.',
  },
  {
    what: 'MX to nothing',
    check: bounceMxCheck,
    changes: { zone: { 'mx.example.org': {} } },
    state: 'fail',
    problem: 'has no address',
    fix: 'mx.example.org A ',
  },
  {
    what: 'no PTR',
    check: reverseDnsCheck,
    changes: { zone: { '34.216.184.93.in-addr.arpa': {} } },
    state: 'warn',
    problem: `${sendingAddress}, the address of smtp.tide.example.org, has no name`,
    fix: '34.216.184.93.in-addr.arpa PTR tide.example.org.',
  },
  {
    what: 'a PTR that is not confirmed',
    check: reverseDnsCheck,
    changes: { zone: { '34.216.184.93.in-addr.arpa': { PTR: ['host-34.example.net'] }, 'host-34.example.net': { A: ['93.184.216.35'] } } },
    state: 'warn',
    problem: 'does not have that address',
    fix: `host-34.example.net A ${sendingAddress}`,
  },
]

test.each(mistakes)('$check.id tells $what, and what to write', async ({ check, changes, state, problem, fix }) => {
  const lines = await examine(world, [check], changes)
  const told = lines.map(({ fixes, ...line }) => ({
    ...line,
    fixes: fixes.map((one) =>
      one.kind === 'record' ? `${one.name} ${one.type} ${one.value}` : one.kind === 'setting' ? `${one.name}=${one.value}` : one.text,
    ),
  }))
  expect(told).toEqual([expect.objectContaining({ check: check.id, state, problem: expect.stringContaining(problem) })])
  expect(told[0]?.fixes).toContainEqual(expect.stringContaining(fix))
})

const questions = [
  { check: spfCheck, name: 'tide.example.org' },
  { check: dkimCheck, name: 'mail._domainkey.tide.example.org' },
  { check: dmarcCheck, name: '_dmarc.tide.example.org' },
  { check: dmarcReportsCheck, name: 'tide.example.org._report._dmarc.reports.example.com' },
  { check: bounceMxCheck, name: 'tide.example.org' },
  { check: bounceMxCheck, name: 'mx.example.org' },
  { check: reverseDnsCheck, name: 'smtp.tide.example.org' },
  { check: reverseDnsCheck, name: '34.216.184.93.in-addr.arpa' },
] as const

test.each(questions)('$check.id says that the name servers of $name fail', async ({ check, name }) => {
  const reports = check === dmarcReportsCheck ? dmarc('v=DMARC1; p=reject; rua=mailto:a@reports.example.com').zone : {}
  const [line] = await examine(world, [check], { zone: { ...reports, [name]: 'servfail' } })
  expect(line).toMatchObject({ state: 'fail', answered: 'SERVFAIL', problem: expect.stringContaining('do not answer') })
})

test('an include that cannot be looked up is not taken for one without a record', async () => {
  const zone = { ...spf('v=spf1 include:_spf.example.com -all').zone, '_spf.example.com': 'servfail' as const }
  const [line] = await examine(world, [spfCheck], { zone })
  expect(line).toMatchObject({ state: 'warn', problem: 'Not all of it could be looked up: _spf.example.com: SERVFAIL.' })
})

test('an answer that is too long for UDP is read by TCP', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `verification-${index}=${'x'.repeat(40)}`)
  const [line] = await examine(world, [spfCheck], spf(...texts, `v=spf1 ip4:${sendingAddress} -all`))
  expect(line).toMatchObject({ state: 'ok', answered: `v=spf1 ip4:${sendingAddress} -all (0 look-ups)` })
})

test('NXDOMAIN is told by its name', async () => {
  const [line] = await examine(world, [bounceMxCheck], { settings: { bounceAddress: 'bounces@nothing.example.org' } })
  expect(line).toMatchObject({ state: 'fail', answered: 'NXDOMAIN' })
})

test('a name server that does not answer is told as one, in bounded time, and names the setting', async () => {
  await using silent = await startSilent()
  const lines = await examine(world, dnsChecks, { dnsServers: [silent.address] })
  const told = lines.filter(({ check }) => ['spf', 'dkim', 'dmarc', 'bounce_mx'].includes(check))
  expect(told.map(({ state, answered }) => [state, answered])).toEqual(Array(4).fill(['warn', 'no answer in time']))
  for (const line of told) expect(line.fixes).toEqual([expect.objectContaining({ kind: 'setting', name: 'DNS_SERVERS' })])
}, 40_000)

test.each([['v=spf1 \u001b[2J\n+all x:\u0007'], ['v=spf1 a:\u001b[2J -all', 'v=spf1 a:\u202e\r\n -all']])(
  'a record with what steers a terminal is shown on one line, without it',
  async (...texts) => {
    const [line] = await examine(world, [spfCheck], spf(...texts))
    expect(line?.state).toBe('fail')
    expect(JSON.stringify(line)).not.toMatch(/\\u00|\\[nr]|\u202e/)
  },
)

test('a host name of hexadecimal digits is a name', async () => {
  const smtp = { ...rightSettings.smtp, host: 'cafe.de' }
  const zone = { ...isGone.zone, 'cafe.de': { A: [sendingAddress] } }
  const [line] = await examine(world, [spfCheck], { zone, settings: { smtp } })
  expect(line?.fixes).toEqual([{ kind: 'record', name: 'tide.example.org', type: 'TXT', value: 'v=spf1 a:cafe.de ~all' }])
})

/** Takes questions and answers none. */
async function startSilent(): Promise<AsyncDisposable & { readonly address: string }> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void socket.close(resolve)),
  }
}
