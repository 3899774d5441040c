import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logError, logWarning } from '../../src/platform/log.ts'
import { errorSerializer } from '../../src/platform/serialize-error.ts'

const serialize = errorSerializer(pino.stdSerializers.err)
const address = 'ada@example.org'
const url = 'smtp://ada:hidden@smtp.example.org'

/** One line of our log. */
function written(write: (log: pino.Logger) => void): Record<string, unknown> {
  const lines: string[] = []
  write(pino({ base: null, timestamp: false, serializers: { err: serialize } }, { write: (line: string) => void lines.push(line) }))
  return JSON.parse(lines.join(''))
}

test('an error is logged with type, stack, causes and further properties', () => {
  const cause = Object.assign(new TypeError('connect failed'), { code: 'ECONNREFUSED' })
  const error = Object.assign(new Error('the feed could not be read', { cause }), { code: 'EFEED', status: 503 })
  const line = written((log) => logError(log, error, 'a feed could not be written', { path: '/feed.xml' }))
  expect(line).toMatchObject({ level: 50, path: '/feed.xml', msg: 'a feed could not be written' })
  expect(line.err).toMatchObject({ type: 'Error', message: 'the feed could not be read: connect failed', code: 'EFEED', status: 503 })
  const { stack } = line.err as { stack: string }
  expect(stack).toContain('serialize-error.test.ts')
  expect(stack).toContain('caused by: TypeError: connect failed')
  expect(written((log) => logWarning(log, 'only a text', 'x'))).toMatchObject({ level: 40, err: { message: 'only a text' } })
})

test('no part of a logged error contains addresses or secrets', () => {
  const cause = Object.assign(new Error(`550 <${address}> unknown`), { response: `550 <${address}>` })
  const nested = Object.assign(new AggregateError([new Error(`first ${address}`), new Error(url)], `all failed for ${address}`), {
    rejected: [address, { address }],
    [address]: 1,
    password: 'hidden',
    auth: { user: 'ada', pass: 'hidden' },
    headers: { Authorization: 'hidden', 'Set-Cookie': ['hidden'] },
    input: url,
    raw: Buffer.from(address),
    inner: new Error(`inner ${address}`, { cause: new Error(url) }),
  })
  const error = new Error(`mail to ${address} by ${url}`, { cause: Object.assign(nested, { cause }) })
  for (const one of [error, nested, { message: address, secret: 'hidden' }, url]) {
    const text = JSON.stringify(serialize(one))
    expect(text).toMatch(/‹(?:address|secret)›/)
    expect(text).not.toContain(address)
    expect(text).not.toContain('hidden')
  }
})

test('values that are too large, too deep or circular are cut off', () => {
  const error = Object.assign(new Error('x'), { template: 'word '.repeat(10_000), many: Array(1_000).fill(1) })
  Object.assign(error, { self: { error, again: { error } }, deep: { a: { b: { c: { d: { e: 'never' } } } } } })
  const text = JSON.stringify(serialize(error))
  expect(text.length).toBeLessThan(10_000)
  expect(text).not.toContain('never')
})
