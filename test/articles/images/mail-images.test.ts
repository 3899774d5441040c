import sharp from 'sharp'
import { expect, test } from 'vitest'
import { resizeAll } from '../../../src/articles/images/image-worker.ts'
import { openMailPictures } from '../../../src/articles/images/mail-images.ts'
import { articleMigrations } from '../../../src/articles/migrations.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { makeContent } from '../../support/content.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { drivenClock } from '../../support/driven-clock.ts'
import { makePublication } from '../articles-world.ts'

const webp = (background: string) =>
  sharp({ create: { width: 64, height: 36, channels: 3, background } })
    .webp()
    .toBuffer()

onEachDatabase('the pictures for mail', articleMigrations, (open) => {
  test('are made once, again after a change of the file, and sent mail keeps the old picture', async () => {
    await using world = await open()
    await using content = await makeContent({})
    const clock = drivenClock('2026-11-24T09:00:00Z')
    const publication = makePublication(content.folder)
    const pictures = openMailPictures({ publication: () => publication, database: world.database, clock })
    const url = 'https://tide.example.org/media/images/quay.webp'
    const prepare = async () => (await pictures.prepare([{ url, use: 'text' }])).get(url)
    const timesMade = async () => (await world.database.all<{ made_at: number }>(sql`SELECT made_at FROM mail_picture_sources`)).length

    await content.write('images/quay.webp', await webp('#8a1c1c'))
    const first = await prepare()
    expect(first).toMatchObject({ size: { width: 64, height: 36 }, problem: undefined })
    const name = (address = '') => address.replace('https://tide.example.org/media/mail/', '')
    const shown = await pictures.find(name(first?.url))
    expect(shown?.type).toBe('image/jpeg')

    clock.set('2027-11-24T09:00:00Z')
    expect(await prepare()).toEqual(first)
    expect(await timesMade()).toBe(1)

    await content.write('images/quay.webp', await webp('#1c8a8a'))
    const second = await prepare()
    expect(second?.url).not.toBe(first?.url)
    expect(await timesMade()).toBe(2)
    expect(await pictures.find(name(first?.url))).toEqual(shown)
  })

  test('a picture that failed is tried again only after a while', async () => {
    await using world = await open()
    await using content = await makeContent({})
    const clock = drivenClock('2026-11-24T09:00:00Z')
    const publication = makePublication(content.folder)
    const pictures = openMailPictures({ publication: () => publication, database: world.database, clock })
    const url = 'https://tide.example.org/media/images/broken.webp'
    const problem = async () => (await pictures.prepare([{ url, use: 'hero' }])).get(url)
    await content.write('images/broken.webp', 'no picture')
    const refused = await problem()
    expect(refused).toMatchObject({ url, size: undefined, problem: expect.stringContaining('cannot be read as a picture') })
    expect(await problem()).toEqual(refused)
    clock.advance(11 * 60_000)
    await content.write('images/broken.webp', await webp('#8a1c1c'))
    expect(await problem()).toMatchObject({ url: expect.stringContaining('/media/mail/'), problem: undefined })
  })
})

test('pictures that are not ready in time are refused', async () => {
  const requests = [{ source: { file: import.meta.filename }, use: 'hero' }] as const
  expect(await resizeAll(requests, 0)).toEqual([{ status: 'refused', reason: 'it was not ready in time' }])
})
