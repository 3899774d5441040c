import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

test('a password with a literal % is reported with its variable and the fix', () => {
  const reading = readConfig(
    {
      SMTP_URL: 'smtp://user:100%hush@mail.example.org',
      BOUNCE_IMAP_URL: 'imaps://user:100%hush@mail.example.org',
      BOUNCE_ADDRESS: 'bounces@example.org',
    },
    '/nowhere',
  )
  const errors = reading.ok ? [] : reading.errors
  const message = 'has a % that is not part of a code such as %40: write a literal % as %25'
  expect(errors).toEqual([`SMTP_URL: ${message}`, `BOUNCE_IMAP_URL: ${message}`])
})

const escaped = 'write # as %23, / as %2F, ? as %3F and @ as %40'

function errorsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  const reading = readConfig({ BOUNCE_ADDRESS: 'bounces@example.org', ...environment }, '/nowhere')
  return reading.ok ? [] : reading.errors
}

test.each([
  ['SMTP_URL', 'smtp://user:25#hush@127.0.0.1:4110', escaped],
  ['SMTP_URL', 'smtp://user:25/hush@127.0.0.1:4110', escaped],
  ['SMTP_URL', 'smtp://user:25?hush@127.0.0.1:4110', escaped],
  ['SMTP_URL', 'smtp://user:pa#hush@127.0.0.1:4110', escaped],
  ['SMTP_URL', 'smtp://user:p@a/hush@127.0.0.1:4110', escaped],
  ['SMTP_URL', 'smtp://127.0.0.1:25#hush', escaped],
  ['SMTP_URL', 'smtp://127.0.0.1/hush', 'must not have a path'],
  ['SMTP_URL', 'smtp://127.0.0.1:25?ignoreTLS=hush', 'has the option ignoreTLS, which does not exist: write ?tls=off'],
  ['SMTP_URL', 'smtp://127.0.0.1:25?tls.rejectUnauthorized=hush', 'write ?tls=unverified'],
  ['SMTP_URL', 'smtp://127.0.0.1:25?TLS=off', 'has the option TLS, which does not exist'],
  ['SMTP_URL', 'smtp://127.0.0.1:25?tls=hush', 'write ?tls=off or ?tls=unverified'],
  ['SMTP_URL', 'smtp://127.0.0.1:25?tls=off&tls=unverified', 'more than once'],
  ['SMTP_URL', 'smtps://127.0.0.1?tls=off', 'write smtp://'],
  ['SMTP_URL', 'smtp://127.0.0.1?__proto__=hush', 'has the option with an odd name'],
  ['SMTP_URL', 'smtp:user:hush@mail.example.org', 'must look like smtp://user:pass@host:587'],
  ['SMTP_URL', 'smtp://:hush@mail.example.org', 'has a password without a user name'],
  ['SMTP_URL', 'smtp://user:hush@mail example.org', 'contains a space'],
  ['SMTP_URL', 'smtp://user:hu\nsh@mail.example.org', 'contains a space or a line break'],
  ['SMTP_URL', '"smtp://user:hush@mail.example.org"', 'must not stand in quotes'],
  ['SMTP_URL', 'smtp://user:hush@ma$il.example.org', 'has no valid host name'],
  ['SMTP_URL', 'smtp://user:hush@mail.example.org:0', 'port'],
  ['SMTP_URL', 'smtp://user:hush@mail.example.org:99999', 'is not a valid URL'],
  ['DATABASE_URL', 'postgres://u:pa#hush@h/x', escaped],
  ['DATABASE_URL', 'postgres://u:pa/hush@h/x', escaped],
  ['DATABASE_URL', 'postgres://u:25/hush@h/x', escaped],
  ['DATABASE_URL', 'postgres://u:25?hush@h/x', escaped],
  ['DATABASE_URL', 'postgres://u:100%hush@h/x', 'write a literal % as %25'],
  ['DATABASE_URL', 'postgres://u:hush@h/x?slmode=require', 'has the option slmode, which PostgreSQL does not know'],
  ['DATABASE_URL', 'postgres://u:hush@h/x/y', '%2F'],
  ['BOUNCE_IMAP_URL', 'imaps://u:25#hush@imap.example.org/INBOX', escaped],
  ['BOUNCE_IMAP_URL', 'imaps://u:pa/hush@imap.example.org/INBOX', escaped],
  ['BOUNCE_IMAP_URL', 'imaps://u:hush@imap.example.org/INBOX?tls=off', 'write imap://'],
  ['PUBLIC_URL', 'https:/news.example.org', 'must be an absolute http or https address'],
  ['PUBLIC_URL', 'https://ann:hush@news.example.org', 'must not have a query, a fragment, a user name or a password'],
  ['PUBLIC_URL', 'https://news.example.org/the news', 'write a space as %20'],
  ['PUBLIC_URL', 'https://news.example.org\\blog', 'backslash'],
])('%s=%s is refused with how to write it, and the message keeps the secret', (name, value, says) => {
  const errors = errorsOf({ [name]: value })
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain(`${name}: `)
  expect(errors[0]).toContain(says)
  expect(errors[0]).not.toMatch(/hush|ann:/)
})

test.each([
  ['SMTP_URL', 'smtp://me@example.org:p%23%2F%3F%40ss@mail.example.org:587'],
  ['SMTP_URL', 'smtps://mail.example.org/'],
  ['SMTP_URL', 'smtp://[::1]:25?tls=off'],
  ['SMTP_URL', ' smtp://127.0.0.1:25?tls=unverified\n'],
  ['DATABASE_URL', 'postgres://u:p@h:5432/x?sslmode=require&channel_binding=require'],
  ['DATABASE_URL', 'postgresql:///x?host=/run/postgresql'],
  ['DATABASE_URL', 'postgres://u@/x?host=/run/postgresql'],
  ['DATABASE_URL', 'postgres://u:p@%2Frun%2Fpostgresql/x'],
  ['BOUNCE_IMAP_URL', 'imaps://bounces%40example.org:p@imap.example.org/INBOX/Bounces'],
  ['PUBLIC_URL', 'https://example.org/@ann/'],
  ['PUBLIC_URL', 'https://münchen.example.org'],
  ['SMTP_NAME', 'mail.example.org'],
  ['SMTP_NAME', '[192.0.2.1]'],
])('%s=%s is taken', (name, value) => {
  expect(errorsOf({ [name]: value })).toEqual([])
})

test('options of other programs that change nothing are named in a warning', () => {
  const reading = readConfig({ SMTP_URL: 'smtp://u:hush@127.0.0.1:25?pool=true&maxConnections=5&rateLimit=3&logger=1' }, '/nowhere')
  const warnings = reading.ok ? reading.config.warnings : []
  expect(warnings.map((warning) => /the option (\w+), which changes nothing/.exec(warning)?.[1])).toEqual([
    'pool',
    'maxConnections',
    'rateLimit',
    'logger',
  ])
  expect(warnings.join()).not.toContain('hush')
})

test('encryption that is off or unverified beyond this machine is named in a warning', () => {
  const warningsOf = (url: string) => {
    const reading = readConfig({ SMTP_URL: url }, '/nowhere')
    return reading.ok ? reading.config.warnings : undefined
  }
  expect(warningsOf('smtp://127.0.0.1:25?tls=off')).toEqual([])
  expect(warningsOf('smtp://u:p@mail.example.org?tls=off')).toEqual([
    'SMTP_URL has ?tls=off: mail and the password cross the network unencrypted',
  ])
  expect(warningsOf('smtp://mail.example.org?tls=unverified')).toHaveLength(1)
})

test.each([
  ['9.9.9.9', ['9.9.9.9']],
  ['127.0.0.1:5353, [2620:fe::fe]:53 2620:fe::9', ['127.0.0.1:5353', '[2620:fe::fe]:53', '2620:fe::9']],
])('DNS_SERVERS %s is read', (value, servers) => {
  const reading = readConfig({ DNS_SERVERS: value }, '/nowhere')
  expect(reading.ok && reading.config.dnsServers).toEqual(servers)
})

test.each(['ns.example.org', '9.9.9.9:', '9.9.9.9:0', '9.9.9.9:65536', '[9.9.9.9]:53', '256.1.1.1', '2620:fe::fe]:53', 'dns://9.9.9.9'])(
  'DNS_SERVERS %s is refused',
  (value) => {
    expect(errorsOf({ DNS_SERVERS: value })).toEqual([
      'DNS_SERVERS: must be addresses such as 9.9.9.9 or 127.0.0.1:5353, with commas between',
    ])
  },
)

test('a role other than all needs what several processes share', () => {
  const shared = { DATABASE_URL: 'postgres://u@h/x', SMTP_URL: 'smtp://mail.example.org' }
  for (const ROLE of ['web', 'worker']) {
    expect(errorsOf({ ROLE })).toEqual([
      `ROLE: ${ROLE} needs DATABASE_URL: several processes share a PostgreSQL database`,
      `ROLE: ${ROLE} needs SMTP_URL: the built-in mailbox belongs to one process`,
    ])
    expect(errorsOf({ ROLE, ...shared })).toEqual([])
  }
  expect(errorsOf({ ROLE: 'all' })).toEqual([])
  expect(errorsOf({ ROLE: 'leader', ...shared })).toHaveLength(1)
  expect(errorsOf({ DATABASE_DIRECT_URL: 'postgres://u@h/x' })).toEqual(['DATABASE_DIRECT_URL: needs DATABASE_URL, whose locks it is for'])
})
