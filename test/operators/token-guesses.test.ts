import { expect, test } from 'vitest'
import { limitTokenGuesses } from '../../src/operators/token-guesses.ts'
import { drivenClock } from '../support/driven-clock.ts'

const minuteMs = 60_000
const access = { isAdminToken: (token: string) => token === 'right', findToken: () => Promise.resolve(undefined) }

function guesses() {
  const clock = drivenClock('2026-11-20T09:00:00Z')
  const { check, retryAfter } = limitTokenGuesses(access, clock)
  return { clock, retryAfter, check: async (address: string | undefined, token: string) => (await check(address, token)).status }
}

test('a network that guessed ten times is not looked at for 15 minutes, and others are', async () => {
  const { check, retryAfter, clock } = guesses()
  for (let tries = 0; tries < 10; tries++) expect(await check('198.51.100.7', 'wrong')).toBe('wrong')
  expect([await check('198.51.100.7', 'right'), retryAfter('198.51.100.7')]).toEqual(['limited', 900])
  expect([await check('198.51.100.8', 'right'), await check('::ffff:198.51.100.7', 'right')]).toEqual(['right', 'limited'])
  clock.advance(15 * minuteMs)
  expect(await check('198.51.100.7', 'right')).toBe('right')
})

test('all addresses of one IPv6 customer count as one', async () => {
  const { check } = guesses()
  for (let tries = 0; tries < 10; tries++) await check(`2001:db8:1:2::${tries}`, 'wrong')
  expect([await check('2001:db8:1:2:ffff::1', 'right'), await check('2001:db8:1:3::1', 'right')]).toEqual(['limited', 'right'])
})

test.each(['127.0.0.1', '::1', '10.0.0.2', '192.168.1.1', '100.64.0.1', undefined])(
  'behind the shared address %s nobody locks the operator out',
  async (address) => {
    const { check } = guesses()
    for (let tries = 0; tries < 10; tries++) expect(await check(address, 'wrong')).toBe('wrong')
    expect([await check(address, 'wrong'), await check(address, 'right')]).toEqual(['limited', 'right'])
  },
)

test('right tokens are not counted', async () => {
  const { check } = guesses()
  for (let tries = 0; tries < 50; tries++) expect(await check('198.51.100.7', 'right')).toBe('right')
})
