import { expect, test } from 'vitest'
import { sql } from '../../../src/platform/database/sql.ts'
import { startWorld, type World } from '../../support/world.ts'
import { imported } from './lists.ts'

async function confirmedAt(world: World): Promise<Record<string, string>> {
  const rows = await world.app.database.all<{ email: string; at: number }>(
    sql`SELECT email, confirmed_at AS at FROM subscribers JOIN subscriptions ON subscriber_id = subscribers.id ORDER BY email`,
  )
  return Object.fromEntries(rows.map(({ email, at }) => [email.split('@')[0], new Date(at).toISOString()]))
}

const told = (report: { remarks: readonly { row: number; reason: string }[] }) =>
  report.remarks.map(({ row, reason }) => `${row} ${reason}`)

test('dates are read in the order of day and month that their column shows', async () => {
  await using world = await startWorld({})
  const american = 'email,status,confirmed_at\na@example.net,confirmed,3/14/2021 14:05\nb@example.net,confirmed,3/4/2021 2:05 PM\n'
  expect(told(await imported(world, american))).toEqual([])
  const european = 'email;status;confirmed_at\nc@example.net;confirmed;3.4.2021 14:05\nd@example.net;confirmed;14.03.2021\n'
  expect(told(await imported(world, european))).toEqual([])
  const iso = 'email,status,confirmed_at\ne@example.net,confirmed,2021-03-14T15:05:00+01:00\nf@example.net,confirmed,14 March 2021\n'
  expect(told(await imported(world, iso))).toEqual([])
  expect(await confirmedAt(world)).toEqual({
    a: '2021-03-14T14:05:00.000Z',
    b: '2021-03-04T14:05:00.000Z',
    c: '2021-04-03T14:05:00.000Z',
    d: '2021-03-14T00:00:00.000Z',
    e: '2021-03-14T14:05:00.000Z',
    f: '2021-03-14T00:00:00.000Z',
  })
})

test('a date is told where nothing shows its order, or where the column contradicts itself', async () => {
  await using world = await startWorld({})
  const now = world.clock.now().toISOString()
  const report = await imported(world, 'email,confirmed_at\na@example.net,3/4/2021\nb@example.net,5/5/2021\n')
  expect(told(report)).toEqual([expect.stringContaining('2 confirmed_at: "3/4/2021" is ambiguous')])
  expect(report).toMatchObject({ taken: 2, refused: 0 })
  const mixed = await imported(world, 'email,confirmed_at\nc@example.net,3/14/2021\nd@example.net,14/3/2021\ne@example.net,3/4/2021\n')
  expect(told(mixed)).toEqual([expect.stringContaining('4 confirmed_at: "3/4/2021" is ambiguous')])
  expect(await confirmedAt(world)).toEqual({
    a: now,
    b: '2021-05-05T00:00:00.000Z',
    c: '2021-03-14T00:00:00.000Z',
    d: '2021-03-14T00:00:00.000Z',
    e: now,
  })
})

test('every filled cell of a known column that yields nothing is told by the name of its column', async () => {
  await using world = await startWorld({})
  const file = [
    'email,Vorname,language,confirmed_at,unsubscribed_at,paused_until,topics',
    'a@example.net,\u0007,English!,soon,,whenever,',
    'b@example.net,Bo,de,2999-01-01,,,',
    'c@example.net,,,1970-01-02,,,',
    'd@example.net,,,,13/13/2021,,',
    'e@example.net,,,0000-00-00 00:00:00,NULL,,',
  ].join('\n')
  expect(told(await imported(world, `${file}\n`))).toEqual([
    expect.stringMatching(
      /^2 Vorname: has no visible letters; language: "English!" is not a language code.*; paused_until: "whenever".*; confirmed_at: "soon"/,
    ),
    '3 confirmed_at: "2999-01-01" is in the future',
    '4 confirmed_at: "1970-01-02" is before 1980',
    expect.stringContaining('5 unsubscribed_at: "13/13/2021"'),
  ])
  const states = await world.app.database.all(
    sql`SELECT email, state FROM subscribers JOIN subscriptions ON subscriber_id = subscribers.id ORDER BY email`,
  )
  expect(states).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((name) => ({ email: `${name}@example.net`, state: name === 'd' ? 'unsubscribed' : 'confirmed' })),
  )
})

test('the network address of an opt-in without its time is told', async () => {
  await using world = await startWorld({})
  const file =
    'Email Address,LEID,EUID,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP\na@example.net,1,x,,192.0.2.1,2020-01-02 03:04:05,192.0.2.2\n'
  expect(told(await imported(world, file))).toEqual(['2 OPTIN_IP: is not stored, because its time is unknown'])
})
