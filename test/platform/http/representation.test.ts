import type { IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseCoding } from '../../../src/platform/http/accept-encoding.ts'
import { entityTags, evaluatePreconditions } from '../../../src/platform/http/preconditions.ts'
import { hashOfTag, makeRepresentation } from '../../../src/platform/http/representation.ts'

const representation = makeRepresentation({
  body: 'tide '.repeat(500),
  type: 'text/plain',
  lastModified: new Date('2026-11-24T09:00:00.999Z'),
})
const { tags } = representation
const date = 'Tue, 24 Nov 2026 09:00:00 GMT'

function statusFor(headers: IncomingHttpHeaders): number {
  return evaluatePreconditions(headers, tags.identity, representation).status
}

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['gzip;q=0', 'identity'],
  ['gzip;q=0.000, *;q=0', 'identity'],
  ['identity, gzip;q=0.5', 'identity'],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['*', 'br'],
  ['*;q=0.1, br;q=0', 'gzip'],
  ['deflate', 'identity'],
  ['gzip;q=nonsense', 'identity'],
  ['gzip; q=1.0 , br;q=0.9', 'gzip'],
  ['identity;q=0', 'identity'],
] as const)('Accept-Encoding: %s gets %s', (header, coding) => {
  expect(chooseCoding(header)).toBe(coding)
})

test.each<[IncomingHttpHeaders, number]>([
  [{}, 200],
  [{ 'if-match': '*' }, 200],
  [{ 'if-match': tags.identity }, 200],
  [{ 'if-match': `W/${tags.identity}` }, 412],
  [{ 'if-match': '"other"' }, 412],
  [{ 'if-match': '"other"', 'if-none-match': tags.identity }, 412],
  [{ 'if-unmodified-since': date }, 200],
  [{ 'if-unmodified-since': 'Tue, 24 Nov 2026 08:59:59 GMT' }, 412],
  [{ 'if-none-match': tags.gzip }, 304],
  [{ 'if-modified-since': date }, 304],
  [{ 'if-modified-since': 'Tue, 24 Nov 2026 08:59:59 GMT' }, 200],
  [{ 'if-modified-since': 'Tuesday, 24-Nov-26 09:00:00 GMT' }, 304],
  [{ 'if-modified-since': 'Tue Nov 24 09:00:00 2026' }, 304],
  [{ 'if-modified-since': 'Tue Nov 24 08:59:59 2026' }, 200],
  [{ 'if-modified-since': '24 Nov 2026 09:00:00' }, 200],
])('%j is %i', (headers, status) => {
  expect(statusFor(headers)).toBe(status)
})

test('a list of tags is parsed as in the RFC, with commas inside tags', () => {
  expect(entityTags('"a", W/"b,c" ,  "" , d, "e')).toEqual(['"a"', 'W/"b,c"', '""'])
})

test('every coding of one body has its own tag and decodes to that body', async () => {
  const made = makeRepresentation({ body: 'tide '.repeat(500), type: 'text/plain', lastModified: new Date(0) })
  await made.compress()
  const plain = made.variant('identity').body
  expect(gunzipSync(made.variant('gzip').body)).toEqual(plain)
  expect(brotliDecompressSync(made.variant('br').body)).toEqual(plain)
  for (const tag of [...Object.values(made.tags), ...Object.values(made.tags).map((tag) => `W/${tag}`)])
    expect(hashOfTag(tag)).toBe(made.hash)
  expect(hashOfTag('"somebody-elses"')).toBeUndefined()
})

test('tags depend only on the body', () => {
  const other = makeRepresentation({ body: 'tide '.repeat(500), type: 'text/html', lastModified: new Date(5_000) })
  expect(other.tags).toEqual(tags)
  expect(makeRepresentation({ body: 'ebb', type: 'text/plain', lastModified: new Date(0) }).tags).not.toEqual(tags)
})

test('no header makes the evaluation throw', () => {
  const header = fc.option(fc.string({ unit: fc.constantFrom('"', 'W', '/', ',', ' ', '*', 'a', ';', 'q', '=', '0', '.', '1', 'G') }), {
    nil: undefined,
  })
  fc.assert(
    fc.property(header, header, header, (tag, since, coding) => {
      chooseCoding(coding)
      const { status } = evaluatePreconditions(
        { ...(tag === undefined ? {} : { 'if-none-match': tag }), ...(since === undefined ? {} : { 'if-modified-since': since }) },
        tags.identity,
        representation,
      )
      return status === 200 || (status === 304 && tag?.trim() === '*')
    }),
  )
})
