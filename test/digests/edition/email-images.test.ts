import { expect, test } from 'vitest'
import type { DigestsContext } from '../../../src/digests/context.ts'
import { withEmailImages } from '../../../src/digests/edition/email-images.ts'
import { placeholderValuesFor } from '../../../src/digests/edition/placeholders.ts'
import { article } from '../../email/requests.ts'
import { productMessages } from '../../support/english.ts'

const sizes = { hero: 130_000, thumbnail: 9_000, text: 50_000, logo: 1_000 }

/** Pictures of known sizes, under an address that names their use. */
function contextWith(mailPictureBytes: number): DigestsContext {
  return {
    publication: () => ({ mailPictureBytes }),
    preparePictures: async (wanted: readonly { url: string; use: keyof typeof sizes }[]) =>
      new Map(
        wanted.map(({ url, use }) => [
          url,
          { url: `${url}?${use}`, size: { width: 544, height: 306 }, bytes: sizes[use], problem: undefined },
        ]),
      ),
  } as unknown as DigestsContext
}

const articles = [1, 2, 3, 4].map((number) => ({ id: String(number), topics: [], values: article(number), body: '' }))
const usesOf = (illustrated: readonly { values: { hero: { url: string } | null } }[]) =>
  illustrated.map(({ values: { hero } }) => hero?.url.replace(/.*\?/, '') ?? 'none')

test('heroes beyond the budget of a message become thumbnails, then nothing, and the editor is told', async () => {
  const { illustrated, remarks } = await withEmailImages(contextWith(280_000), articles, { count: 4, areSmall: false })
  expect(usesOf(illustrated)).toEqual(['hero', 'hero', 'thumbnail', 'thumbnail'])
  expect(remarks.join()).toMatch(/mail_pictures: 273 KB is reached, so 2 pictures are smaller: .*tide-3\.jpg .*tide-4\.jpg/)
  const less = await withEmailImages(contextWith(135_000), articles, { count: 4, areSmall: false })
  expect(usesOf(less.illustrated)).toEqual(['hero', 'none', 'none', 'none'])
  expect(less.remarks.join()).toContain('3 pictures are left out')
})

test('later cards of a long digest have thumbnails', async () => {
  const { illustrated, remarks } = await withEmailImages(contextWith(2_000_000), articles, { count: 3, areSmall: true })
  expect(usesOf(illustrated.slice(0, 3))).toEqual(['hero', 'thumbnail', 'thumbnail'])
  expect(remarks).toEqual([])
})

test('a picture in a text beyond the budget becomes a link', async () => {
  const body = '<p><img src="https://a.example/1.jpg"><img src="https://a.example/2.jpg"></p>'
  const [one] = (
    await withEmailImages(contextWith(60_000), [{ ...articles[0], values: article(1, { hero: null }), body } as never], {
      count: 1,
      areSmall: false,
    })
  ).illustrated
  expect(one?.pictures?.map(({ url }) => url)).toEqual(['https://a.example/1.jpg?text', ''])
})

test.each([
  ['Martin King Jr.', ', Martin King Jr'],
  ['Ada', ', Ada'],
  ['Yahoo!', ', Yahoo'],
  ['...', ''],
  ['', ''],
])('the greeting of %j has one stop', (name, greeted) => {
  const publication = { digests: new Map(), language: 'en', languages: ['en'] }
  const context = { publication: () => publication, messages: productMessages, tokens: { make: () => 't' } } as unknown as DigestsContext
  expect(
    placeholderValuesFor(context, 'weekly', { name, topics: [], language: '', subscriptionId: '1', subscriberId: '1' }).comma_name,
  ).toBe(greeted)
})
