import { expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { columnKey } from '../../../src/subscribers/import/column-key.ts'
import { recogniseColumns } from '../../../src/subscribers/import/columns.ts'
import { consentWordingOf } from '../../../src/subscribers/import/consent-words.ts'
import type { ColumnRequest } from '../../../src/subscribers/import/decisions.ts'
import { startWorld } from '../../support/world.ts'
import { everybody, imported, importFile, suppressedAddresses } from './lists.ts'

const map = (...map: string[]): { columns: ColumnRequest } => ({ columns: { map, ignore: [] } })
const ignore = (...ignore: string[]): { columns: ColumnRequest } => ({ columns: { map: [], ignore } })

/** Every way to write some names of consent, and consent in six languages. */
const consentNames = [
  'Email Opt Out',
  'Email Opt-Out',
  'email_opt_out',
  'emailOptOut',
  'HasOptedOutOfEmail',
  'hasoptedoutofemail',
  'Opt-in?',
  'Unsubscribed from newsletter',
  'Subscribed to weekly',
  'GDPR Consent',
  'gdprConsent',
  'GDPRConsent',
  'Do not email',
  "Don't mail",
  'No emails',
  'Do Not Contact',
  'Blocklist',
  'Black-listed',
  'Suppressed',
  'Hard bounced',
  'Complained',
  'Marked as spam',
  'Email marketing status',
  'Marketing: Status',
  'Email Confirmed',
  'isVerified',
  'Accepts Marketing',
  'Accepts email marketing',
  'Wants to receive newsletter',
  'Email permission',
  'may_contact',
  'Cancelled',
  'deleted at',
  'Abgemeldet',
  'Einwilligung',
  'Einverständnis',
  'Bestätigt',
  'bestaetigt',
  'Werbesperre',
  'Keine Werbung',
  'Bitte nicht kontaktieren',
  'Widerspruch',
  'Désabonné',
  'Desabonne',
  'Désinscrit',
  'Consentement RGPD',
  'Ne pas contacter',
  'Confirmé',
  'Liste noire',
  'Cancelado',
  'Dado de baja',
  'Consentimiento',
  'Acepta publicidad',
  'No enviar',
  'Suscrito',
  'Disiscritto',
  'Consenso marketing',
  'Non contattare',
  'Iscritto',
  'Bloccato',
  'Descadastrado',
  'Consentimento',
  'Não enviar',
  'Aceita marketing',
]

test.each(consentNames)('a column called %s that is not read stops the import, whatever its values are', async (name) => {
  expect(consentWordingOf(columnKey(name))).toBe('consent')
})

test.each([
  'City',
  'Country',
  'Company',
  'Notes',
  'Phone',
  'Options',
  'Adoption',
  'Birthday',
  'Last open',
  'Total spent',
  'Member rating',
  'Contact owner',
  'Email domain',
  'Last email sent',
  'Number of bounces',
  'Straße',
  'Ville',
  'Ciudad',
  'Adresse',
  'Tags',
  'constructor',
  '',
])('a column called "%s" says nothing about consent', (name) => {
  expect(consentWordingOf(columnKey(name))).toBeUndefined()
})

test('an import stops before anything is written, and names every column, its values and the way out', async () => {
  await using world = await startWorld({})
  const file = 'email,Email Opt Out,City,Einwilligung\na@example.net,1,Ely,ja\nb@example.net,,Ely,nein\nc@example.net,1,Ely,ja\n'
  for (const isDryRun of [true, false])
    expect(await importFile(world, file, { isDryRun })).toEqual({
      status: 'undecided',
      rows: 3,
      columns: [
        {
          column: 'Email Opt Out',
          values: [
            { value: '1', rows: 2 },
            { value: '', rows: 1 },
          ],
          likelyField: 'opted_out',
        },
        {
          column: 'Einwilligung',
          values: [
            { value: 'ja', rows: 2 },
            { value: 'nein', rows: 1 },
          ],
          likelyField: 'opted_in',
        },
      ],
    })
  expect(await everybody(world)).toEqual([])
  expect(await world.app.database.all(sql`SELECT id FROM imports`)).toEqual([])
  // Deciding on one column leaves the other.
  expect(await importFile(world, file, ignore('Einwilligung'))).toMatchObject({
    status: 'undecided',
    columns: [{ column: 'Email Opt Out' }],
  })
  await imported(world, file, map('Email Opt Out=opted_out', 'Einwilligung=opted_in'))
  expect(await everybody(world)).toEqual([
    'a@example.net weekly unsubscribed',
    'b@example.net weekly unsubscribed',
    'c@example.net weekly unsubscribed',
  ])
})

test('what is mapped is remembered for exactly that header row, and every report says so; what is ignored is not', async () => {
  await using world = await startWorld({})
  const file = (rows: string) => `email,Email Opt Out\n${rows}`
  // A dry run writes nothing, so it remembers nothing.
  await imported(world, file('a@example.net,1\n'), { ...map('email_opt_out=opted_out'), isDryRun: true })
  expect(await importFile(world, file('a@example.net,1\n'))).toMatchObject({ status: 'undecided' })
  await imported(world, file('a@example.net,0\n'), ignore('Email Opt Out'))
  expect(await importFile(world, file('a@example.net,1\n'))).toMatchObject({ status: 'undecided' })
  const first = await imported(world, file('b@example.net,1\n'), map('EMAIL OPT-OUT=opted_out'))
  expect(first.mapping.columns[1]).toEqual({ column: 'Email Opt Out', field: 'gets_no_mail', decidedBy: 'option' })
  const second = await imported(world, file('c@example.net,yes\nd@example.net,no\n'))
  expect(second.mapping.columns[1]).toEqual({ column: 'Email Opt Out', field: 'gets_no_mail', decidedBy: 'memory' })
  expect(await everybody(world)).toEqual([
    'a@example.net weekly confirmed',
    'b@example.net weekly unsubscribed',
    'c@example.net weekly unsubscribed',
    'd@example.net weekly confirmed',
  ])
  for (const header of ['email,email opt out', 'Email Opt Out,email', 'email,Email Opt Out,x'])
    expect(await importFile(world, `${header}\ne@example.net,f@example.net\n`), header).toMatchObject({ status: 'undecided' })
  // A new decision replaces the old one, for this run or from now on.
  expect((await imported(world, file('g@example.net,1\n'), ignore('Email Opt Out'))).taken).toBe(1)
  await imported(world, file('h@example.net,1\n'), map('Email Opt Out=confirmed'))
  await imported(world, file('i@example.net,0\n'))
  expect((await everybody(world)).slice(-3)).toEqual([
    'g@example.net weekly confirmed',
    'h@example.net weekly confirmed',
    'i@example.net weekly pending',
  ])
})

test('a wrong decision is refused with the reason', async () => {
  await using world = await startWorld({})
  const file = 'email,Opt out by mail,Notes,Notes\na@example.net,1,x,y\n'
  for (const [columns, field, reason] of [
    [{ map: ['Opt out by mail'], ignore: [] }, 'map', 'COLUMN=field'],
    [{ map: ['Opt out by mail=left'], ignore: [] }, 'map', 'unknown field: left'],
    [{ map: ['Opt out by mail=constructor'], ignore: [] }, 'map', 'unknown field'],
    [{ map: ['Opt out=opted_out'], ignore: [] }, 'map', 'no column "Opt out"'],
    [{ map: [], ignore: ['Opt out'] }, 'ignore', 'no column "Opt out"'],
    [{ map: ['Notes=name', 'Notes=source'], ignore: [] }, 'map', 'two fields'],
    [{ map: ['Notes=name', 'email=name'], ignore: [] }, 'map', 'both mapped to name'],
    [{ map: ['Notes=name'], ignore: ['Notes'] }, 'ignore', 'choose one'],
    [{ map: [], ignore: ['email', 'Opt out by mail'] }, 'file', 'no column of email addresses'],
  ] as const)
    expect(await importFile(world, file, { columns })).toMatchObject({ status: 'invalid', field, reason: expect.stringContaining(reason) })
  // Any column can be the address, and a name may contain "=".
  const other = 'a=b,Opt out by mail\na@example.net,0\n'
  expect(await imported(world, other, map('a=b=email', 'Opt out by mail=opted_out'))).toMatchObject({ taken: 1 })
})

/** The column stands after `email`; each value is one row. */
test.each([
  ['State', ['CA', 'Texas', ''], 'read'],
  ['State', ['ON', 'ON'], 'read'],
  ['Estado', ['Jalisco', 'São Paulo'], 'read'],
  ['Estado', ['Activo', 'Cancelado'], 'stop'],
  ['Statut', ['désabonné', 'x'], 'stop'],
  ['Lead status', ['New', 'Open'], 'read'],
  ['Lead status', ['New', 'Unsubscribed'], 'stop'],
  ['Customer type', ['Retail', 'Wholesale'], 'read'],
  ['Active', ['1', '0'], 'stop'],
  ['Aktiv', ['ja', 'nein'], 'stop'],
  ['Active', ['2021', '2022'], 'read'],
  ['Newsletter', ['yes', 'no'], 'stop'],
  ['Newsletter', ['sí', 'no'], 'stop'],
  ['Newsletter', ['Weekly', 'Daily'], 'read'],
  ['Lifecycle stage', ['Customer', 'Lead'], 'read'],
  ['Stage', ['active'], 'stop'],
  ['Opt-in time', ['2021-03-14 10:00:00', ''], 'read'],
  ['Opt-in date', ['3/14/2021'], 'read'],
  ['Opt-in IP', ['192.0.2.1', '2001:db8::1', ''], 'read'],
  ['Consent timestamp', ['1615716300'], 'read'],
  ['Datum der Einwilligung', ['14.03.2021'], 'read'],
  ['Fecha de consentimiento', [''], 'read'],
  ['Confirmed on', ['14 March 2021'], 'read'],
  ['Confirmed on', ['yes', ''], 'stop'],
  ['Data consent', ['', ''], 'stop'],
  ['Opt-out time', ['2021-03-14 10:00:00', ''], 'stop'],
  ['Opted out from IP', ['192.0.2.1', ''], 'stop'],
  ['Confirmed', ['2021-03-14', ''], 'stop'],
  ['Do not email', ['', ''], 'stop'],
  ['Opt Out', ['', 'x'], 'stop or refuse'],
])('a column called %s with the values %j: %s', async (name, values, outcome) => {
  await using world = await startWorld({})
  const file = `email;"${name}"\r\n${values.map((value, n) => `r${n}@example.net;"${value}"\r\n`).join('')}`
  const found = await importFile(world, file)
  if (outcome === 'stop or refuse')
    return expect(found.status === 'undecided' || (found.status === 'done' && found.report.refused)).toBeTruthy()
  expect(found.status).toBe(outcome === 'stop' ? 'undecided' : 'done')
  expect(await everybody(world)).toHaveLength(outcome === 'stop' ? 0 : values.length)
})

test('a "no" after the first thousand rows of a column that seemed an address refuses its row', async () => {
  await using world = await startWorld({})
  const rows = Array.from({ length: 1_002 }, (_, n) => `r${n}@example.net,${n === 1_001 ? 'unsubscribed' : 'Texas'}`)
  const file = `email,State\n${rows.join('\n')}\n`
  expect(await imported(world, file)).toMatchObject({
    taken: 1_001,
    remarks: [{ row: 1_003, reason: 'State: "unsubscribed" is a state: map or ignore this column' }],
  })
  expect(await imported(world, file, ignore('State'))).toMatchObject({ taken: 1, refused: 0 })
})

test('of several columns about consent the strictest counts, also where they have one name', async () => {
  await using world = await startWorld({})
  const file =
    'email,status,email_status,Opt out now,Opt out now\na@example.net,active,,0,1\nb@example.net,active,unsubscribed,,\nc@example.net,,active,,0\n'
  await imported(world, file, map('Opt out now=opted_out'))
  expect(await everybody(world)).toEqual([
    'a@example.net weekly unsubscribed',
    'b@example.net weekly unsubscribed',
    'c@example.net weekly confirmed',
  ])
})

test.each([
  [
    'phplist',
    'email\tIs this subscriber confirmed\tIs this subscriber blacklisted\na@example.net\t0\t0\nb@example.net\t1\t1\nc@example.net\t1\t0\n',
    ['a@example.net weekly pending', 'c@example.net weekly confirmed'],
    ['b@example.net operator'],
  ],
  [
    'phplist',
    'Email,Is this subscriber confirmed,Is this subscriber blacklisted,Did this subscriber manually confirm,Number of bounces,Entered,Last Modified,Unique ID,Send this subscriber HTML emails,RSS Frequency,Is this account disabled?,Additional data,Foreign Key\nd@example.net,1,0,0,2,2020-01-02 03:04:05,2020-01-02 03:04:05,x,1,,0,,\ne@example.net,1,0,0,0,2020-01-02 03:04:05,2020-01-02 03:04:05,y,1,,1,,\n',
    ['d@example.net weekly confirmed', 'e@example.net weekly unsubscribed'],
    [],
  ],
  [
    'hubspot',
    'Record ID,First Name,Last Name,Email,Unsubscribed from all email,Email hard bounce reason,Marketing contact status,Lead Status,State/Region,Marketing emails bounced\n1,A,B,a@example.net,true,,Marketing contact,NEW,CA,0\n2,A,B,b@example.net,,UNKNOWN_USER,Marketing contact,OPEN,CA,1\n3,A,B,c@example.net,,,Marketing contact,,Texas,\n4,A,B,d@example.net,,,Non-marketing contact,,Texas,\n',
    ['a@example.net weekly unsubscribed', 'c@example.net weekly confirmed'],
    ['b@example.net bounce'],
  ],
  [
    'hubspot',
    'Email,Portal Bounce,Portal Unsubscribe,Portal Spam Report,Global Bounce\na@example.net,,TRUE,,\nb@example.net,TRUE,,,\nc@example.net,,,TRUE,\nd@example.net,FALSE,FALSE,FALSE,FALSE\n',
    ['a@example.net weekly unsubscribed', 'd@example.net weekly confirmed'],
    ['b@example.net bounce', 'c@example.net complaint'],
  ],
  [
    'brevo',
    'CONTACT ID;EMAIL;FIRSTNAME;LASTNAME;SMS;OPT_IN;DOUBLE_OPT-IN;EMAIL_BLACKLIST;SMS_BLACKLIST;ADDED_TIME;MODIFIED_TIME\n1;a@example.net;A;B;;Yes;Yes;true;false;14-03-2021 14:05:00;\n2;b@example.net;A;B;;Yes;No;false;true;15-03-2021 14:05:00;\n3;c@example.net;A;B;;Yes;Yes;;;03-04-2021 14:05:00;\n4;d@example.net;A;B;;No;Yes;;;03-04-2021 14:05:00;\n',
    ['b@example.net weekly pending', 'c@example.net weekly confirmed', 'd@example.net weekly unsubscribed'],
    ['a@example.net operator'],
  ],
  [
    'mailpoet',
    '\uFEFF"Email","First name","Last name","List status","Global status","IP address","List"\n"a@example.net","A","B","subscribed","unsubscribed","192.0.2.1","News"\n"b@example.net","A","B","unconfirmed","unconfirmed","","News"\n"c@example.net","A","B","subscribed","bounced","","News"\n"d@example.net","A","B","","subscribed","",""\n',
    ['a@example.net weekly unsubscribed', 'b@example.net weekly pending', 'd@example.net weekly confirmed'],
    ['c@example.net bounce'],
  ],
  [
    'shopify',
    'Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Province Code,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n1,A,B,a@example.net,no,,ON,,yes,0,0,,no,\n2,A,B,b@example.net,yes,,CA,,no,0,0,,no,\n',
    ['a@example.net weekly unsubscribed', 'b@example.net weekly confirmed'],
    [],
  ],
])('an export of %s keeps every "no" (%#)', async (format, file, readers, suppressed) => {
  await using world = await startWorld({})
  expect((await imported(world, file)).mapping.format).toBe(format)
  expect(await everybody(world)).toEqual(readers)
  expect(await suppressedAddresses(world)).toEqual(suppressed)
})

test('a consent column that a known format does not have stops too', async () => {
  await using world = await startWorld({})
  const file = 'Email Address,LEID,EUID,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,GDPR Consent\n'
  expect(await importFile(world, file)).toMatchObject({ status: 'undecided', columns: [{ column: 'GDPR Consent' }] })
  const kit = 'Email,First Name,State,Created At\na@example.net,A,CA,2020-01-01\n'
  expect((await imported(world, kit)).mapping).toMatchObject({ format: 'plain' })
  expect(recogniseColumns(['Email', 'First Name', 'State', 'Created At'])).toMatchObject({ ok: true, mapping: { format: 'kit' } })
})
