import { expect, test } from 'vitest'
import { guard, unguard } from '../../../src/subscribers/export/guarded-cells.ts'
import { recogniseColumns } from '../../../src/subscribers/import/columns.ts'
import { openTable } from '../../../src/subscribers/import/table.ts'
import { inPieces } from './lists.ts'

async function read(file: string | Buffer, pieceBytes?: number) {
  const opening = await openTable(inPieces(file, pieceBytes))
  if (!opening.ok) return opening.reason
  const rows: (readonly string[])[] = []
  for await (const some of opening.table.rows) rows.push(...some.map((row) => [String(row.number), ...row.cells]))
  return { header: opening.table.header, delimiter: opening.table.delimiter, rows, fault: opening.table.fault() }
}

const people = [
  ['2', 'ada@example.org', 'Ada Łovelace'],
  ['3', 'zoe@example.org', 'Zoë "Z" O;Neil, the\nsecond'],
]
const text = 'email,name\nada@example.org,Ada Łovelace\nzoe@example.org,"Zoë ""Z"" O;Neil, the\nsecond"\n'

test.each([
  ['a byte order mark', `\uFEFF${text}`],
  ['no line end at its end', text.trimEnd()],
  ['bars', text.replace(/(email|org),/g, '$1|')],
  ['tabs', text.replace(/(email|org),/g, '$1\t')],
  ['semicolons', text.replace(/(email|org),/g, '$1;')],
  ['UTF-16, as a spreadsheet exports Unicode text', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['a line for Excel that names the delimiter', `sep=,\n${text}`],
])('a list with %s reads the same, whatever pieces it comes in', async (what, file) => {
  const shift = what.includes('Excel') ? 1 : 0
  const expected = people.map(([number, ...cells]) => [String(Number(number) + shift), ...cells])
  for (const size of [1, 7, 65_536]) {
    expect(await read(file, size)).toMatchObject({ header: ['email', 'name'], rows: expected, fault: undefined })
  }
})

test('all line ends work, also mixed in one file, and blank lines count as in a spreadsheet', async () => {
  const file = 'email\r\na@example.org\rb@example.org\n\r\nc@example.org'
  expect(await read(file, 1)).toMatchObject({
    rows: [
      ['2', 'a@example.org'],
      ['3', 'b@example.org'],
      ['5', 'c@example.org'],
    ],
  })
})

test('Latin-1 is decoded line by line, also mixed with UTF-8', async () => {
  const file = Buffer.concat([
    Buffer.from('email;name\nzoe@example.org;Zoë\n'),
    Buffer.from('rene@example.org;René \x80\n', 'latin1'),
    Buffer.from('lukasz@example.org;Łukasz\n'),
  ])
  for (const size of [1, 65_536]) {
    expect(await read(file, size)).toMatchObject({
      rows: [
        ['2', 'zoe@example.org', 'Zoë'],
        ['3', 'rene@example.org', 'René €'],
        ['4', 'lukasz@example.org', 'Łukasz'],
      ],
    })
  }
})

test('a cell of ten megabytes is read, and so are the rows around it', async () => {
  const file = `email,notes\na@example.org,x\nb@example.org,"${'é'.repeat(5_000_000)}"\nc@example.org,y\n`
  const found = await read(file)
  expect(found).toMatchObject({ fault: undefined })
  if (typeof found === 'string') throw new Error(found)
  expect(found.rows.map(([number, email, notes]) => [number, email, notes?.length])).toEqual([
    ['2', 'a@example.org', 1],
    ['3', 'b@example.org', 5_000_000],
    ['4', 'c@example.org', 1],
  ])
})

test('an unclosed quote loses no earlier row, and the message names its row', async () => {
  expect(await read('email,name\na@example.org,A\nb@example.org,"B', 5)).toMatchObject({
    rows: [['2', 'a@example.org', 'A']],
    fault: { number: 3, lines: 1, reason: expect.stringContaining('not closed') },
  })
  const endless = `email,name\na@example.org,A\nb@example.org,"B\n${'c@example.org,C\n'.repeat(1_200_000)}`
  expect(await read(endless)).toMatchObject({
    rows: [['2', 'a@example.org', 'A']],
    fault: { number: 3, lines: undefined, reason: expect.stringContaining('nothing after it was read') },
  })
})

test.each([
  ['', 'the file is empty'],
  ['\r\n \n', 'the file is empty'],
  ['\0\0PK\n', 'not a CSV file'],
  ['x'.repeat(70_000), 'not a CSV file'],
])('a file that is not a list is refused with a reason (%#)', async (file, sentence) => {
  expect(await read(file)).toContain(sentence)
})

test.each([
  [
    'mailchimp',
    'Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LEID,EUID,NOTES,TAGS',
    { email: 0, first_name: 1, last_name: 2, requested_at: 4, requested_from: 5, confirmed_at: 6, confirmed_from: 7 },
    'confirmed',
  ],
  [
    'mailchimp',
    'Email Address,LEID,EUID,CONFIRM_TIME,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE',
    { email: 0, confirmed_at: 3, unsubscribed_at: 4 },
    'unsubscribed',
  ],
  [
    'mailchimp',
    'Email Address,LEID,EUID,CONFIRM_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_ID',
    { email: 0, confirmed_at: 3, bounced_at: 4 },
    'suppressed',
  ],
  [
    'substack',
    'email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at',
    { email: 0, gets_no_mail: 4, confirmed_at: 5 },
    'confirmed',
  ],
  [
    'ghost',
    'id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers',
    { email: 1, name: 2, gets_mail: 4, confirmed_at: 7, unsubscribed_at: 8 },
    'confirmed',
  ],
  [
    'buttondown',
    'id,email_address,creation_date,secondary_id,type,source,tags,metadata,notes,referrer_url,unsubscription_date',
    { email: 1, confirmed_at: 2, status: 4, source: 5, unsubscribed_at: 10 },
    'confirmed',
  ],
  ['kit', 'First Name,Email,State,Created At,Tags', { first_name: 0, email: 1, status: 2, confirmed_at: 3 }, 'confirmed'],
  ['listmonk', 'uuid,email,name,attributes,status,created_at,updated_at', { email: 1, name: 2, status: 4, confirmed_at: 5 }, 'confirmed'],
  ['plain', 'E-Mail;Vorname;Nachname;constructor', { email: 0, first_name: 1, last_name: 2 }, 'confirmed'],
  [
    'plain',
    'email,name,status,digests,topics,confirmed_at,source',
    { email: 0, name: 1, status: 2, digests: 3, topics: 4, confirmed_at: 5, source: 6 },
    'confirmed',
  ],
])('the columns of %s are recognised: %s', (format, header, index, state) => {
  const found = recogniseColumns(header.split(/[,;]/))
  expect(found).toMatchObject({ ok: true, mapping: { format, state } })
  expect(found.ok && found.mapping.index).toEqual(index)
})

test('the message for a list without addresses shows its columns', () => {
  expect(recogniseColumns(['Name', 'Phone'])).toEqual({ ok: false, reason: expect.stringContaining('"Name", "Phone"') })
})

test('a cell that looks like a formula is guarded, and restored unchanged', () => {
  for (const cell of [
    '=1+1',
    '+49',
    '-2',
    '@x',
    '\t=1',
    "'=1",
    "''+x@example.org",
    '|cmd',
    '%0a',
    '＝1',
    "'",
    "'tis",
    'plain',
    '',
    "O'Neil",
  ]) {
    expect(guard(cell)).not.toMatch(/^[=+\-@\t\r|%＝]/)
    expect(unguard(guard(cell))).toBe(cell)
  }
  expect(guard("'tis")).toBe("'tis")
})
