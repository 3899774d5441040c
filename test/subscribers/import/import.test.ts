import { describe, expect, test } from 'vitest'
import { suppress } from '../../../src/outbox/suppressions.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { importSubscribers } from '../../../src/subscribers/import/import.ts'
import type { Engine } from '../../support/databases.ts'
import { prune, startWorld } from '../../support/world.ts'
import { everybody, imported, importFile, inPieces, order, suppressedAddresses } from './lists.ts'

const mailchimp = 'Email Address,First Name,Last Name,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID'

/** Lists as the programs write them. The domain part names the state: `there` was subscribed, `left` unsubscribed, and so on. */
const files: Readonly<Record<string, string | Buffer>> = {
  mailchimp: `${mailchimp}\nthere@mailchimp.example.com,Ada,L,2020-01-02 03:04:05,192.0.2.1,2020-01-03 03:04:05,192.0.2.2,1,a1\nstranger@mailchimp.example.com,Bob,M,,,,,2,a2\n`,
  'mailchimp, unsubscribed': `${mailchimp},UNSUB_TIME,UNSUB_REASON\nleft@mailchimp.example.com,Ada,L,2020-01-02 03:04:05,,2020-01-03 03:04:05,,1,a1,2021-01-01 00:00:00,N/A\n`,
  'mailchimp, cleaned': `${mailchimp},CLEAN_TIME,CLEAN_CAMPAIGN_ID\nbounced@mailchimp.example.com,Ada,L,,,2020-01-03 03:04:05,,1,a1,2021-01-01 00:00:00,x\n`,
  substack:
    'email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\nthere@substack.example.com,false,,other,false,2022-05-06T07:08:09.100Z,\nleft@substack.example.com,true,,yearly,true,2022-05-06T07:08:09.100Z,\n',
  ghost:
    'id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n1,there@ghost.example.com,"Ada, L",,true,,,2022-05-06T07:08:09.000Z,,,\n2,left@ghost.example.com,Bob,,false,,,2022-05-06T07:08:09.000Z,,,\n',
  buttondown:
    'id,email_address,creation_date,secondary_id,type,source,tags,metadata,notes,referrer_url,unsubscription_date\n1,there@buttondown.example.com,2022-05-06,1,regular,api,,,,,\n2,left@buttondown.example.com,2022-05-06,2,unsubscribed,api,,,,,2023-01-01\n3,waiting@buttondown.example.com,2022-05-06,3,unactivated,api,,,,,\n4,complained@buttondown.example.com,2022-05-06,4,complained,api,,,,,\n',
  kit: 'First Name,Email,State,Created At,Tags\nAda,there@kit.example.com,active,2022-05-06 07:08:09 UTC,x\nBob,left@kit.example.com,cancelled,2022-05-06 07:08:09 UTC,\nCy,bounced@kit.example.com,bounced,2022-05-06 07:08:09 UTC,\n',
  listmonk:
    'uuid,email,name,attributes,status,created_at,updated_at\nu1,there@listmonk.example.com,Ada,"{""city"":""Ely""}",enabled,2022-05-06T07:08:09Z,2022-05-06T07:08:09Z\nu2,blocked@listmonk.example.com,Bob,{},blocklisted,2022-05-06T07:08:09Z,2022-05-06T07:08:09Z\n',
  plain: Buffer.from(
    'E-Mail;Vorname;Status\r\nthere@plain.example.com;Zoë;yes\r\nleft@plain.example.com;René;no\r\nodd@plain.example.com;;perhaps\r\n',
    'latin1',
  ),
}

/** One reader, one unsubscribed reader, and one address per suppression reason. */
async function setUp(engine: Engine) {
  const world = await startWorld({ engine })
  await imported(world, 'email,status\nreader@example.com,subscribed\nleft@example.com,unsubscribed\n')
  await world.app.database.transaction(async (tx) => {
    for (const reason of ['bounce', 'complaint', 'operator', 'erasure'] as const)
      await suppress(tx, world.app.subscribers.tokens, `${reason}@example.com`, reason, world.clock.now())
  })
  return world
}

const nos = ['left', 'bounce', 'complaint', 'operator', 'erasure'].map((name) => `${name}@example.com`)

describe.each<Engine>(['sqlite', 'postgres'])('import on %s', (engine) => {
  test('a list of each program keeps its states, proof and legal basis; a second import changes nothing', async () => {
    await using world = await startWorld({ engine })
    for (const [what, file] of Object.entries(files)) {
      const { mapping } = await imported(world, file, { basis: 'legitimate_interest' })
      expect([what, mapping.format]).toEqual([what, what.split(',')[0]])
    }
    const all = await everybody(world)
    expect(all).toEqual(
      [
        'there@mailchimp.example.com weekly confirmed',
        'left@mailchimp.example.com weekly unsubscribed',
        ...['substack', 'ghost', 'buttondown', 'kit', 'plain'].flatMap((name) => [
          `there@${name}.example.com weekly confirmed`,
          `left@${name}.example.com weekly unsubscribed`,
        ]),
        'there@listmonk.example.com weekly confirmed',
        'waiting@buttondown.example.com weekly pending',
      ].sort(),
    )
    const suppressed = await suppressedAddresses(world)
    expect(suppressed).toEqual([
      'blocked@listmonk.example.com operator',
      'bounced@kit.example.com bounce',
      'bounced@mailchimp.example.com bounce',
      'complained@buttondown.example.com complaint',
    ])
    const proof = await world.app.database.all(sql`
      SELECT event, at, consents.source, network_address, basis FROM consents JOIN subscribers ON subscribers.id = subscriber_id
      WHERE address_key = 'there@mailchimp.example.com' ORDER BY consents.id`)
    const basis = 'legitimate_interest'
    expect(proof).toEqual([
      { event: 'asked', at: Date.parse('2020-01-02T03:04:05Z'), source: 'mailchimp', network_address: '192.0.2.1', basis },
      { event: 'confirmed', at: Date.parse('2020-01-03T03:04:05Z'), source: 'mailchimp', network_address: '192.0.2.2', basis },
      { event: 'added', at: world.clock.now().getTime(), source: 'import', network_address: null, basis },
    ])
    for (const file of Object.values(files)) expect(await imported(world, file)).toMatchObject({ taken: 0 })
    expect(await everybody(world)).toEqual(all)
    expect(await suppressedAddresses(world)).toEqual(suppressed)
  })

  test('unsubscribed and suppressed addresses stay so after every import, and the report gives the reason', async () => {
    await using world = await setUp(engine)
    const before = [await everybody(world), await suppressedAddresses(world)]
    for (const file of [
      `email,name\n${nos.join(',A\n')},A\n`,
      `email,status,name\n${nos.map((email) => `${email.toUpperCase()},subscribed,A\n`).join('')}`,
      `${mailchimp}\n${nos.map((email) => `${email},A,B,2020-01-02 03:04:05,,2026-01-03 03:04:05,,1,a\n`).join('')}`,
      `email,status,digests,consents\n${nos.map((email) => `${email},confirmed,weekly,[]\n`).join('')}`,
    ]) {
      const { taken, updated, refused, remarks } = await imported(world, file)
      expect({ taken, updated, refused }).toEqual({ taken: 0, updated: 0, refused: nos.length })
      expect(remarks.map(({ row, reason }) => `${row} ${reason}`)).toEqual([
        '2 left weekly on 2026-11-20',
        '3 is suppressed here: bounce',
        '4 is suppressed here: complaint',
        '5 is suppressed here: operator',
        "6 was erased here at the reader's request",
      ])
      expect([await everybody(world), await suppressedAddresses(world)]).toEqual(before)
    }
    // An unsubscribe in the file counts here too. Of two rows, the more restrictive one counts.
    await imported(world, 'email,status\nreader@example.com,unsubscribed\nnew@example.com,unsubscribed\nNEW@example.com,subscribed\n')
    expect(await everybody(world)).toEqual([
      'left@example.com weekly unsubscribed',
      'new@example.com weekly unsubscribed',
      'reader@example.com weekly unsubscribed',
    ])
  })

  test('invalid rows are reported by number and reason, and do not affect other rows', async () => {
    await using world = await startWorld({ engine })
    const file = [
      '\uFEFFemail;name;digests;topics;notes',
      'Ada@Example.org;Ada;weekly coast-daily;coast;',
      'ADA@example.ORG;Someone else;weekly;;',
      'not an address;B;;;',
      ';C;;;',
      'd@example.org;D;nightly daily hourly yearly;;',
      `${'x'.repeat(100_000)}@example.org;X;weekly;;`,
      `e@example.org;"=HYPERLINK(""x"")";weekly;;"${'é'.repeat(5_000_000)}"`,
      'f@example.org;F;weekly;law;',
      'g@example.org;G;weekly;;a;b;c',
      'h@example.org;H',
    ].join('\r\n')
    const { taken, updated, refused, remarks } = await imported(world, file)
    expect({ taken, updated, refused }).toEqual({ taken: 2, updated: 1, refused: 7 })
    expect(remarks.map(({ row, reason }) => `${row} ${reason}`)).toEqual([
      '4 is not an email address that mail can be sent to',
      '5 has no email address',
      '6 unknown digest: nightly, daily, hourly and 1 more',
      '7 is not an email address that mail can be sent to',
      '9 unknown topic: law',
      '10 has 7 cells where row 1 has 5: a cell with ";" in it needs quotes',
      '11 the file ends in the middle of this row',
    ])
    expect(await everybody(world)).toEqual([
      'ada@example.org coast-daily confirmed',
      'ada@example.org weekly confirmed',
      'e@example.org weekly confirmed',
    ])
    const names = await world.app.database.all(sql`SELECT email, name FROM subscribers ORDER BY email`)
    expect(names).toEqual([
      { email: 'Ada@Example.org', name: 'Ada' },
      { email: 'e@example.org', name: '=HYPERLINK("x")' },
    ])
  })

  test('a dry run reports how the file is read and the result, and changes nothing', async () => {
    await using world = await setUp(engine)
    const before = [await everybody(world), await suppressedAddresses(world)]
    const report = await imported(world, 'Mail;Colour\nnew@example.org;red\nleft@example.com;blue\n', { isDryRun: true })
    expect(report).toMatchObject({ rows: 2, taken: 1, refused: 1, delimiter: ';', remarks: [{ row: 3, email: 'left@example.com' }] })
    expect(report.mapping).toMatchObject({
      format: 'plain',
      columns: [
        { column: 'Mail', field: 'email' },
        { column: 'Colour', field: null },
      ],
    })
    expect([await everybody(world), await suppressedAddresses(world)]).toEqual(before)
    expect(await world.app.database.all(sql`SELECT id FROM imports`)).toHaveLength(1)
  })

  test('remarks are deleted after a day, whether or not they were read', async () => {
    await using world = await startWorld({ engine })
    await importFile(world, 'email\nnobody\n')
    const remarks = () => world.app.database.all(sql`SELECT email FROM import_remarks`)
    world.clock.advance(23 * 3_600_000)
    await prune(world)
    expect(await remarks()).toEqual([{ email: 'nobody' }])
    world.clock.advance(3_600_000)
    await prune(world)
    expect(await remarks()).toEqual([])
  })

  test('nothing is imported without a legal basis, a known digest or a column of addresses', async () => {
    await using world = await startWorld({ engine })
    const file = 'email\na@example.org\n'
    expect(await importFile(world, file, { basis: '' })).toMatchObject({ status: 'invalid', field: 'basis' })
    expect(await importFile(world, file, { digests: ['nightly'] })).toMatchObject({ status: 'invalid', field: 'digests' })
    expect(await importFile(world, file, { digests: [] })).toMatchObject({ status: 'invalid', field: 'digests' })
    expect(await importFile(world, 'name\nA\n')).toMatchObject({ status: 'invalid', field: 'file' })
    expect(await importFile(world, Buffer.alloc(0))).toMatchObject({ status: 'invalid', field: 'file' })
    expect(await everybody(world)).toEqual([])
  })

  test('an interrupted import continues where it stopped, with the same result as an uninterrupted one', async () => {
    const rows = Array.from({ length: 2_700 }, (_, n) => {
      const status = n % 7 === 0 ? 'unsubscribed' : n % 11 === 0 ? 'bounced' : 'subscribed'
      return `${n % 5 === 0 ? 'R' : 'r'}eader${n % 2_500}@example.org,${n % 13 === 0 ? 'perhaps' : status}`
    })
    const file = `email,status\n${rows.join('\n')}\n`
    await using whole = await startWorld({ engine })
    await using broken = await startWorld({ engine })
    const expected = await imported(whole, file)
    const bytes = async function* (until: number) {
      for await (const piece of inPieces(file.slice(0, until), 1_000)) yield piece
      throw new Error('the connection is gone')
    }
    for (const until of [30_000, 60_000])
      await expect(importSubscribers(broken.app.subscribers, bytes(until), order)).rejects.toThrow('the connection is gone')
    for (const other of [file.replace('eader600@', 'eader600x@'), file.slice(0, 20_000)])
      expect(await importFile(broken, other)).toMatchObject({ status: 'differs' })
    const resumed = await imported(broken, file)
    expect(resumed.resumedAfter).toBeGreaterThanOrEqual(1_000)
    expect({ ...resumed, id: '', resumedAfter: 0 }).toEqual({ ...expected, id: '' })
    expect(await everybody(broken)).toEqual(await everybody(whole))
    expect(await suppressedAddresses(broken)).toEqual(await suppressedAddresses(whole))
    const proofs = sql`SELECT event, at, source, basis FROM consents ORDER BY id`
    expect(await broken.app.database.all(proofs)).toEqual(await whole.app.database.all(proofs))
  })
})
