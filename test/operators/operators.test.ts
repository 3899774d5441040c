import { afterEach, describe, expect, test, vi } from 'vitest'
import { createToken, listTokens, revokeToken } from '../../src/operators/api-tokens.ts'
import { pageOfAudit, pruneOperators } from '../../src/operators/audit.ts'
import { mailLoginLink } from '../../src/operators/login-mail.ts'
import { changeRole, claimAddress, inviteOperator, listOperators, type Operator, removeOperator } from '../../src/operators/operators.ts'
import { type Role, scopesOf } from '../../src/operators/roles.ts'
import { listSessions, revokeSession } from '../../src/operators/sessions.ts'
import { holdSending } from '../../src/outbox/sending-hold.ts'
import { type Actor, byCommandLine } from '../../src/platform/actor.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { suppressAddress } from '../../src/subscribers/suppress.ts'
import type { Engine } from '../support/databases.ts'
import { startWorld, type World } from '../support/world.ts'

const hourMs = 3_600_000

async function invited({ app }: World, email: string, role: Role): Promise<Operator> {
  const outcome = await inviteOperator(app.operators, { email, role }, byCommandLine)
  if (outcome.status !== 'invited') throw new Error(JSON.stringify(outcome))
  return outcome.operator
}

/** Signs in by a link without mail. */
async function signIn({ app }: World, operator: Operator): Promise<string> {
  const spent = await app.access.spendLogin(await app.access.makeLogin({ operator: operator.id }))
  return spent?.session ?? ''
}

const by = ({ id }: Operator): Actor => ({ operator: id, via: 'desk' })

const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]()
})

async function start(engine: Engine): Promise<World> {
  const world = await startWorld({ engine })
  worlds.push(world)
  return world
}

describe.each<Engine>(['sqlite', 'postgres'])('operators on %s', (engine) => {
  test('a log-in mail goes out while sending is held, also to an address that is suppressed, and its token stands in no row afterwards', async () => {
    const world = await start(engine)
    const { app, receiver, clock } = world
    await invited(world, 'ann@example.org', 'owner')
    await app.sender.drain()
    await suppressAddress(app.subscribers, 'ann@example.org', 'complaint', byCommandLine)
    await app.database.transaction((tx) => holdSending(tx, 'held by the operator', clock.now()))
    await mailLoginLink(app.operators, ' Ann@EXAMPLE.org ')
    await app.sender.drain()
    const mail = receiver.received.at(-1)
    expect([receiver.received.length, mail?.to]).toEqual([2, 'ann@example.org'])
    expect(mail?.source).not.toMatch(/^List-/im)
    const link = /\/admin\/login\/([\w-]{32})/.exec(mail?.mail.text ?? '')?.[1] ?? ''
    const stored = await app.database.all<{ holes: string; content: string; state: string }>(
      sql`SELECT d.holes, d.state, e.content FROM deliveries d JOIN editions e ON e.id = d.edition_id`,
    )
    expect(stored.map(({ state }) => state)).toEqual(['sent', 'sent'])
    expect(stored.filter(({ holes, content }) => (holes + content).includes(link))).toEqual([])
    const spent = await app.access.spendLogin(link)
    expect(await app.access.findSession(spent?.session ?? '')).toMatchObject({ name: 'ann@example.org', role: 'owner' })
    expect(await app.access.spendLogin(link)).toBeUndefined()
  })

  test('other mail waits while sending is held, and goes nowhere that is suppressed', async () => {
    const world = await start(engine)
    const { app, receiver, clock } = world
    await app.database.transaction((tx) => holdSending(tx, 'held by the operator', clock.now()))
    const { signUp } = await import('../support/sign-up.ts')
    await signUp(app.subscribers, { email: 'mara@example.org', digests: ['weekly'], topics: [], name: '', source: 'test', wording: '' })
    await app.sender.drain()
    expect(receiver.received).toEqual([])
  })

  test('the sixth request of an hour and unknown addresses get no mail', async () => {
    const world = await start(engine)
    const { app, clock } = world
    await invited(world, 'ann@example.org', 'owner')
    const count = async () => (await app.database.all(sql`SELECT 1 AS one FROM login_links`)).length
    // At once: they must count one after the other.
    await Promise.all(Array.from({ length: 7 }, () => mailLoginLink(app.operators, 'ann@example.org')))
    expect(await count()).toBe(5)
    for (const unknown of ['nobody@example.org', 'nonsense', '', 'a'.repeat(5_000)]) await mailLoginLink(app.operators, unknown)
    expect(await count()).toBe(5)
    clock.advance(hourMs)
    await mailLoginLink(app.operators, 'ann@example.org')
    // Those of an hour ago have expired.
    expect(await count()).toBe(1)
  })

  test('two owners who demote or remove each other at once leave one owner', async () => {
    const world = await start(engine)
    const { operators } = world.app
    for (const change of [changeRole, removeOperator] as const) {
      const [ann, bob] = [
        await invited(world, `ann${change.name}@example.org`, 'owner'),
        await invited(world, `bob${change.name}@example.org`, 'owner'),
      ]
      for (const other of (await listOperators(operators)).filter(({ id }) => id !== ann.id && id !== bob.id))
        await removeOperator(operators, other.id, byCommandLine)
      const outcomes = await Promise.all(
        change === changeRole
          ? [changeRole(operators, bob.id, 'viewer', by(ann)), changeRole(operators, ann.id, 'viewer', by(bob))]
          : [removeOperator(operators, bob.id, by(ann)), removeOperator(operators, ann.id, by(bob))],
      )
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['changed', 'refused'])
      expect((await listOperators(operators)).filter(({ role }) => role === 'owner')).toHaveLength(1)
    }
  })

  test('the last owner is neither removed nor demoted, also by the command line', async () => {
    const world = await start(engine)
    const { operators } = world.app
    const ann = await invited(world, 'ann@example.org', 'owner')
    const refused = { status: 'refused', why: 'last_owner' }
    expect(await changeRole(operators, ann.id, 'editor', byCommandLine)).toEqual(refused)
    expect(await removeOperator(operators, ann.id, byCommandLine)).toEqual(refused)
    const eve = await invited(world, 'eve@example.org', 'editor')
    const notOwner = { status: 'refused', why: 'not_owner' }
    expect(await changeRole(operators, eve.id, 'owner', by(eve))).toEqual(notOwner)
    expect(await removeOperator(operators, ann.id, by(eve))).toEqual(notOwner)
    expect(await inviteOperator(operators, { email: 'x@example.org', role: 'owner' }, by(eve))).toEqual(notOwner)
  })

  test('a new role and a removal apply to running sessions and tokens at once', async () => {
    const world = await start(engine)
    const { operators, access, clock } = { ...world.app, clock: world.clock }
    await invited(world, 'ann@example.org', 'owner')
    const eve = await invited(world, 'eve@example.org', 'editor')
    const session = await signIn(world, eve)
    const link = await access.makeLogin({ operator: eve.id })
    const made = await createToken(
      operators,
      { operator: eve.id, name: 'x', scopes: ['read', 'send'] },
      { scopes: scopesOf.owner },
      by(eve),
    )
    const secret = made.status === 'created' ? made.secret : ''
    expect([(await access.findSession(session))?.role, (await access.findToken(secret))?.scopes]).toEqual(['editor', ['read', 'send']])
    await changeRole(operators, eve.id, 'viewer', byCommandLine)
    expect([(await access.findSession(session))?.role, (await access.findToken(secret))?.scopes]).toEqual(['viewer', ['read']])
    await removeOperator(operators, eve.id, byCommandLine)
    expect([await access.findSession(session), await access.findToken(secret), await access.spendLogin(link)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    // The address is free again, and the new operator is somebody else.
    const again = await invited(world, 'eve@example.org', 'viewer')
    expect(again.id).not.toBe(eve.id)
    clock.advance(366 * 86_400_000)
    await pruneOperators(world.app.subscribers, clock.now(), new AbortController().signal)
    expect(await world.app.database.all(sql`SELECT id FROM operators WHERE removed_at IS NOT NULL`)).toEqual([])
  })

  test('a session is listed with how it began and when it was last seen, and ends when it is revoked', async () => {
    const world = await start(engine)
    const { operators, access } = world.app
    const ann = await invited(world, 'ann@example.org', 'owner')
    const bob = await invited(world, 'bob@example.org', 'viewer')
    const session = await signIn(world, ann)
    world.clock.advance(61_000)
    await access.findSession(session)
    const [listed, ...others] = await listSessions(operators, ann.id)
    expect(others).toEqual([])
    expect(listed).toMatchObject({ operator: ann.id, origin: '', lastSeenAt: world.clock.now() })
    expect(JSON.stringify(listed)).not.toContain(session)
    expect(await revokeSession(operators, listed?.id ?? '', by(bob), { operator: bob.id })).toBe(false)
    expect(await access.isSession(session)).toBe(true)
    expect(await revokeSession(operators, listed?.id ?? '', by(ann))).toBe(true)
    expect(await access.isSession(session)).toBe(false)
  })

  test('a token is stored hashed, works until it expires or is revoked, and makes none that may more or lives longer', async () => {
    const world = await start(engine)
    const { operators, access, database } = world.app
    const eve = await invited(world, 'eve@example.org', 'editor')
    const token = { operator: eve.id, name: 'Prometheus', scopes: ['read' as const] }
    const all = { scopes: scopesOf.owner }
    const expiresAt = new Date(world.clock.now().getTime() + hourMs)
    const made = await createToken(operators, { ...token, expiresAt }, all, by(eve))
    if (made.status !== 'created') throw new Error(made.status)
    expect(made.secret).toMatch(/^bst_[\w-]{43}$/)
    expect(JSON.stringify(await database.all(sql`SELECT * FROM api_tokens`))).not.toContain(made.secret.slice(4))
    const holder = await access.findToken(made.secret)
    expect(holder).toMatchObject({ operator: eve.id, scopes: ['read'], token: made.token.id })
    expect((await listTokens(operators, eve.id))[0]?.lastUsedAt).toEqual(world.clock.now())
    const fields = async (asked: Partial<Parameters<typeof createToken>[1]>, grant = all) => {
      const outcome = await createToken(operators, { ...token, ...asked }, grant, by(eve))
      return outcome.status === 'invalid' ? outcome.field : outcome.status
    }
    expect(await fields({ scopes: ['admin'] })).toBe('scopes')
    expect(await fields({ scopes: ['send'], expiresAt }, holder as never)).toBe('scopes')
    expect(await fields({}, holder as never)).toBe('expires_at')
    expect(await fields({ expiresAt: new Date(expiresAt.getTime() + 1) }, holder as never)).toBe('expires_at')
    expect(await fields({ expiresAt }, holder as never)).toBe('created')
    expect([await fields({ scopes: [] }), await fields({ name: ' ' }), await fields({ expiresAt: new Date(0) })]).toEqual([
      'scopes',
      'name',
      'expires_at',
    ])
    expect(await fields({ operator: 'nobody' })).toBe('unknown')
    world.clock.advance(hourMs)
    expect(await access.findToken(made.secret)).toBeUndefined()
    const lasting = await createToken(operators, token, all, by(eve))
    if (lasting.status !== 'created') throw new Error(lasting.status)
    expect(await revokeToken(operators, lasting.token.id, by(eve), 'somebody else')).toBe(false)
    expect(await revokeToken(operators, lasting.token.id, by(eve))).toBe(true)
    expect([await access.findToken(lasting.secret), await access.findToken('bst_x'), await access.findToken('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('whoever enters without an operator is the owner, is asked for an address once, and becomes the first owner', async () => {
    const world = await start(engine)
    const { operators, access } = world.app
    const enter = async () => (await access.spendLogin(await access.makeLogin()))?.session ?? ''
    const session = await enter()
    const held = await access.findSession(session)
    expect(held).toMatchObject({ id: null, role: 'owner', asksAddress: true })
    const skipped = await enter()
    await access.skipAddress((await access.findSession(skipped))?.sessionId ?? '')
    expect((await access.findSession(skipped))?.asksAddress).toBe(false)
    expect((await claimAddress(operators, held?.sessionId ?? '', 'nonsense')).status).toBe('invalid')
    expect((await claimAddress(operators, held?.sessionId ?? '', 'ann@example.org')).status).toBe('claimed')
    expect(await access.findSession(session)).toMatchObject({ name: 'ann@example.org', role: 'owner', asksAddress: false })
    expect((await access.findSession(await enter()))?.asksAddress).toBe(false)
    // The same session cannot become somebody else.
    expect((await claimAddress(operators, held?.sessionId ?? '', 'bob@example.org')).status).toBe('refused')
    expect((await listOperators(operators)).map(({ email }) => email)).toEqual(['ann@example.org'])
  })

  test('the audit log names who did what, latest first, in pages', async () => {
    const world = await start(engine)
    const { operators } = world.app
    const ann = await invited(world, 'ann@example.org', 'owner')
    world.clock.advance(1_000)
    const eve = await invited(world, 'eve@example.org', 'viewer')
    world.clock.advance(1_000)
    await changeRole(operators, eve.id, 'editor', by(ann))
    world.clock.advance(1_000)
    await removeOperator(operators, eve.id, by(ann))
    const [first] = await pageOfAudit(operators, { limit: 1 })
    expect(first).toMatchObject({
      action: 'operator.remove',
      subject: eve.id,
      email: 'ann@example.org',
      by: by(ann),
      details: { role: 'editor' },
    })
    const rest = await pageOfAudit(operators, { limit: 10, before: first?.id })
    expect(rest.map(({ action, by: { via }, email }) => [action, via, email])).toEqual([
      ['operator.role', 'desk', 'ann@example.org'],
      ['operator.invite', 'cli', undefined],
      ['operator.invite', 'cli', undefined],
    ])
  })
})

test('a broken template of log-in mail locks nobody out', async () => {
  const world = await start('sqlite')
  const { app, receiver } = world
  await invited(world, 'ann@example.org', 'owner')
  const operators = { ...app.operators, render: vi.fn(() => Promise.reject(new Error('broken'))) }
  await mailLoginLink(operators, 'ann@example.org')
  await app.sender.drain()
  expect(receiver.received.at(-1)?.mail.text).toMatch(/\/admin\/login\/[\w-]{32}/)
})
