import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { articleText } from '../support/content.ts'
import { mainPaths, openFeedsWorld, readers } from './feeds-world.ts'

const two = { 'a.md': articleText({ title: 'One', date: '2026-11-01' }), 'b.md': articleText({ title: 'Two', date: '2026-11-10' }) }

describe.each([...mainPaths, '/feeds.opml', '/topics/craft/feed.xml'])('%s', (path) => {
  test('gets 304 with a matching tag (plain, weak, in a list, *), date, or both', async () => {
    await using site = await openFeedsWorld(two)
    for (const coding of ['identity', 'gzip', 'br']) {
      const codings = { 'accept-encoding': coding }
      const { headers } = await site.fetch(path, codings)
      const tag = headers.etag ?? ''
      const date = headers['last-modified'] ?? ''
      for (const conditions of [
        { 'if-none-match': tag },
        { 'if-none-match': `W/${tag}` },
        { 'if-none-match': `"a,b", W/"c" , ${tag}` },
        { 'if-none-match': '*' },
        { 'if-modified-since': date },
        { 'if-modified-since': 'Fri, 01 Jan 2038 00:00:00 GMT' },
        { 'if-none-match': tag, 'if-modified-since': date },
        { 'if-none-match': tag, 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      ]) {
        const reply = await site.fetch(path, { ...codings, ...conditions })
        expect(reply.status, JSON.stringify(conditions)).toBe(304)
        expect(reply.body).toHaveLength(0)
        expect(reply.headers).toMatchObject({
          etag: tag,
          vary: 'Accept-Encoding',
          'cache-control': 'public, max-age=60',
          'last-modified': date,
        })
        expect(reply.headers['content-length']).toBeUndefined()
      }
    }
  })

  test('is sent in full for another tag or date', async () => {
    await using site = await openFeedsWorld(two)
    const date = (await site.fetch(path)).headers['last-modified'] ?? ''
    for (const conditions of [
      { 'if-none-match': '"other"' },
      { 'if-none-match': '"other"', 'if-modified-since': date },
      { 'if-none-match': 'unquoted', 'if-modified-since': date },
      { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      { 'if-modified-since': 'tomorrow' },
      { 'if-modified-since': '2038-01-01' },
    ]) {
      expect((await site.fetch(path, conditions)).status, JSON.stringify(conditions)).toBe(200)
    }
  })

  test('is plain, gzip or brotli, each with its own tag', async () => {
    await using site = await openFeedsWorld(two)
    const plain = await site.fetch(path)
    const gzipped = await site.fetch(path, { 'accept-encoding': 'gzip' })
    const brotli = await site.fetch(path, { 'accept-encoding': 'gzip, deflate, br' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(gzipped.headers['content-encoding']).toBe('gzip')
    expect(brotli.headers['content-encoding']).toBe('br')
    expect(gzipped.text).toBe(plain.text)
    expect(brotli.text).toBe(plain.text)
    expect(new Set([plain, gzipped, brotli].map(({ headers }) => headers.etag)).size).toBe(3)
    for (const { headers, body } of [plain, gzipped, brotli]) {
      expect(headers['content-length']).toBe(String(body.length))
      expect(headers.vary).toBe('Accept-Encoding')
      expect(headers['set-cookie']).toBeUndefined()
    }
  })

  test('HEAD has the headers of GET, and other methods are rejected', async () => {
    await using site = await openFeedsWorld(two)
    const get = await site.fetch(path)
    const head = await site.fetch(path, {}, 'HEAD')
    const { date: _sent, ...headers } = get.headers
    expect(head).toMatchObject({ status: 200, headers })
    expect(head.body).toHaveLength(0)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const reply = await site.fetch(path, {}, method)
      expect([reply.status, reply.headers.allow], method).toEqual([405, 'GET, HEAD'])
    }
  })
})

describe.each(mainPaths)('a client with A-IM: feed for %s', (path) => {
  test('gets only new or changed entries, with the tag of the full feed', async () => {
    await using site = await openFeedsWorld(two)
    const old = await site.fetch(path, { 'accept-encoding': 'gzip' })
    await site.write('articles/c.md', articleText({ title: 'Three', date: '2026-11-20' }))
    await site.write('articles/a.md', articleText({ title: 'One, mended', date: '2026-11-01' }))
    const whole = await site.fetch(path)
    for (const tag of [old.headers.etag, `W/${old.headers.etag}`, `"x", ${old.headers.etag}`]) {
      const delta = await site.fetch(path, { 'a-im': 'feed', 'if-none-match': tag ?? '' })
      expect(delta.status).toBe(226)
      expect(delta.headers).toMatchObject({ im: 'feed', etag: whole.headers.etag, 'cache-control': 'no-store, im' })
      expect(delta.headers.vary).toContain('A-IM')
      expect(readers[path](delta.text).entries.map(({ title }) => title)).toEqual(['Three', 'One, mended'])
    }
    const gzipped = await site.fetch(path, {
      'a-im': 'diffe, feed;q=0.5',
      'if-none-match': old.headers.etag ?? '',
      'accept-encoding': 'gzip',
    })
    expect(gzipped.headers['content-encoding']).toBe('gzip')
    expect(readers[path](gzipped.text).entries).toHaveLength(2)
  })

  test('gets 304 with the newest tag, and the full feed with an unknown one', async () => {
    await using site = await openFeedsWorld(two)
    const old = await site.fetch(path)
    expect((await site.fetch(path, { 'a-im': 'feed', 'if-none-match': old.headers.etag ?? '' })).status).toBe(304)
    await site.write('articles/c.md', articleText({ title: 'Three', date: '2026-11-20' }))
    expect((await site.fetch(path, { 'a-im': 'feed', 'if-none-match': '"AAAAAAAAAAAAAAAAAAAAAA"' })).status).toBe(200)
    expect((await site.fetch(path, { 'a-im': 'feed' })).status).toBe(200)
    expect((await site.fetch(path, { 'a-im': 'feed;q=0', 'if-none-match': old.headers.etag ?? '' })).status).toBe(200)
    expect((await site.fetch(path, { 'if-none-match': old.headers.etag ?? '' })).status).toBe(200)
    expect((await site.fetch(path, { 'a-im': 'feed', 'if-none-match': old.headers.etag ?? '' }, 'HEAD')).status).toBe(200)
  })
})

test('a hundred concurrent requests for an unwritten feed are all answered', async () => {
  await using site = await openFeedsWorld(two)
  const replies = await Promise.all(Array.from({ length: 100 }, () => site.fetch('/authors/ruth-addlestone/atom.xml')))
  expect(new Set(replies.map(({ status, headers }) => `${status} ${headers.etag}`)).size).toBe(1)
  expect(() => new XMLParser().parse(replies[0]?.text ?? '', true)).not.toThrow()
})
