import { describe, expect, test } from 'vitest'
import { suppress } from '../../../src/outbox/suppressions.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { type ExportFormat, exportSubscribers } from '../../../src/subscribers/export/export.ts'
import type { Segment } from '../../../src/subscribers/segment.ts'
import { publicationYaml } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { becomeReader, startWorld, type World } from '../../support/world.ts'
import { everybody, imported, suppressedAddresses } from '../import/lists.ts'

async function exported(world: World, format: ExportFormat = 'csv', segment: Segment = {}): Promise<string> {
  let text = ''
  for await (const part of exportSubscribers(world.app.subscribers, format, segment)) text += part
  return text
}

const hostile = [
  '=HYPERLINK("http://x","y")',
  '+1-2',
  '-3',
  '@SUM(A1)',
  "'=quoted",
  '|cmd',
  '%0A',
  '＝1',
  "'tis",
  'a "b", c; d',
  'Zoë 🎈',
  '',
]

/** With more topics than any reader here chooses. */
const publication = publicationYaml.replace('topics: { craft:', 'topics: { law: Law, craft:')

/** All states, names that look like formulas, two digests, and more than one page. */
async function fill(world: World): Promise<void> {
  await becomeReader(world, 'Ada@example.org', ['weekly', 'coast-daily'], ['craft', 'coast'])
  world.clock.advance(60_000)
  const rows = Array.from({ length: 1_100 }, (_, n) => {
    const name = `"${(hostile[n % hostile.length] ?? '').replaceAll('"', '""')}"`
    const status = n % 17 === 0 ? 'unsubscribed' : n % 19 === 0 ? 'pending' : n % 23 === 0 ? 'spam' : 'active'
    const digests = n % 3 === 0 ? 'weekly;coast-daily' : 'weekly'
    return `${n % 29 === 0 ? '+' : ''}r${n}@example.org,${name},${status},${digests},${n % 5 === 0 ? 'coast' : ''},2020-01-01T00:00:00Z,de`
  })
  await imported(world, `email,name,status,digests,topics,confirmed_at,language\n${rows.join('\n')}\n`, { basis: 'contract' })
  world.clock.advance(60_000)
  const at = world.clock.now()
  await world.app.database.transaction(async (tx) => {
    for (const [address, reason] of [
      ['r1@example.org', 'bounce'],
      ['zz@nobody.example.org', 'complaint'],
      ['aa@nobody.example.org', 'operator'],
      ['gone@nobody.example.org', 'erasure'],
    ] as const)
      await suppress(tx, world.app.subscribers.tokens, address, reason, at)
    await tx.run(sql`UPDATE subscribers SET paused_until = ${at.getTime() + 1e9} WHERE address_key = 'r2@example.org'`)
  })
}

describe.each<Engine>(['sqlite', 'postgres'])('export on %s', (engine) => {
  test('an export that is imported and exported again gives the same file and readers', async () => {
    await using world = await startWorld({ engine, publication })
    await using other = await startWorld({ engine, publication, now: '2026-11-21T12:00:00Z' })
    await fill(world)
    const file = await exported(world)
    const { refused, remarks } = await imported(other, file)
    expect({ refused, remarks }).toEqual({ refused: 0, remarks: [] })
    expect(await exported(other)).toBe(file)
    expect(await everybody(other)).toEqual(await everybody(world))
    const known = (await suppressedAddresses(world)).filter((line) => line !== null)
    expect(await suppressedAddresses(other)).toEqual(known)
    // Importing it into the same database changes nothing.
    expect(await imported(world, file)).toMatchObject({ taken: 0 })
    expect(await exported(world)).toBe(file)

    const lines = file.split('\r\n')
    expect(lines[0]).toBe(
      'email,name,status,digests,topics,confirmed_at,source,language,requested_at,unsubscribed_at,paused_until,suppressed,consents',
    )
    for (const line of lines) expect(line.replaceAll('""', '')).not.toMatch(/(^|,)"?[=+\-@|%＝]/)
    expect(lines.slice(-3)).toEqual([
      'aa@nobody.example.org,,suppressed,,,,,,,,,operator,',
      'zz@nobody.example.org,,suppressed,,,,,,,,,complaint,',
      '',
    ])
    expect(file).not.toContain('gone@')

    const records = (await exported(world, 'ndjson')).trimEnd().split('\n')
    expect(records).toHaveLength(1_101 + 2)
    expect(JSON.parse(records[0] ?? '')).toMatchObject({
      email: 'Ada@example.org',
      state: 'confirmed',
      topics: ['coast', 'craft'],
      suppressed: null,
      subscriptions: [
        { digest: 'coast-daily', state: 'confirmed' },
        { digest: 'weekly', state: 'confirmed' },
      ],
      consents: ['coast-daily', 'weekly', 'coast-daily', 'weekly'].map((digest, index) => ({
        digest,
        event: index < 2 ? 'asked' : 'confirmed',
        wording: index < 2 ? 'Yes' : '',
        basis: 'consent',
      })),
    })
    const daily = (await exported(world, 'csv', { digest: 'coast-daily', state: 'confirmed' })).trimEnd().split('\r\n').slice(1)
    expect(daily.length).toBeGreaterThan(100)
    for (const line of daily) expect(line).toMatch(/,confirmed,coast-daily,/)
  })

  test('an export for Excel begins with a byte order mark, and its import makes the same list', async () => {
    await using world = await startWorld({ engine })
    await imported(world, 'email,name\nzoe@example.org,Müller\n')
    const plain = await exported(world)
    let text = ''
    for await (const part of exportSubscribers(world.app.subscribers, 'csv', {}, { isForExcel: true })) text += part
    expect(text).toBe(`\uFEFF${plain}`)
    expect(plain).not.toContain('\uFEFF')
    await using other = await startWorld({ engine })
    await imported(other, text)
    expect(await exported(other)).toBe(plain)
  })
})
