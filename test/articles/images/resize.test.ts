import sharp from 'sharp'
import { expect, test } from 'vitest'
import { resize } from '../../../src/articles/images/resize.ts'

const plain = (width: number, height: number, alpha = 1) =>
  sharp({ create: { width, height, channels: 4, background: { r: 120, g: 20, b: 20, alpha } } })

async function shape(bytes: Uint8Array) {
  const { format, width, height } = await sharp(bytes).metadata()
  return { format, width, height }
}

test.each(['webp', 'avif', 'tiff', 'png', 'jpeg'] as const)(
  'a hero in %s becomes a JPEG of 16:9 at twice the width of the column',
  async (format) => {
    const made = await resize(await plain(1_200, 1_200).toFormat(format).toBuffer(), 'hero', false)
    if (made.status !== 'resized') throw new Error(JSON.stringify(made))
    expect(made).toMatchObject({ type: 'image/jpeg', width: 544, height: 306 })
    expect(await shape(made.bytes)).toEqual({ format: 'jpeg', width: 1_088, height: 612 })
  },
)

test('a picture in the text is shown whole, and a small one is not enlarged', async () => {
  const tall = await resize(await plain(1_000, 4_000).jpeg().toBuffer(), 'text', false)
  expect(tall).toMatchObject({ width: 544, height: 2_176 })
  const small = await resize(await plain(100, 50).webp().toBuffer(), 'text', false)
  if (small.status !== 'resized') throw new Error(JSON.stringify(small))
  expect(small).toMatchObject({ width: 100, height: 50 })
  expect(await shape(small.bytes)).toEqual({ format: 'jpeg', width: 100, height: 50 })
})

test('a transparent picture stays transparent, as a PNG', async () => {
  const made = await resize(await plain(200, 200, 0.5).webp().toBuffer(), 'text', false)
  if (made.status !== 'resized') throw new Error(JSON.stringify(made))
  expect(made.type).toBe('image/png')
  expect(await shape(made.bytes)).toMatchObject({ format: 'png' })
})

test('the Exif orientation is applied, and the Exif location is removed', async () => {
  const held = plain(400, 200).withMetadata({ orientation: 6 })
  const source = await held
    .withExifMerge({ IFD0: { Copyright: 'Ada' }, IFD3: { GPSLatitude: '54/1 29/1 0/1' } })
    .jpeg()
    .toBuffer()
  const made = await resize(source, 'text', false)
  if (made.status !== 'resized') throw new Error(JSON.stringify(made))
  expect(made).toMatchObject({ width: 200, height: 400 })
  expect((await sharp(made.bytes).metadata()).exif).toBeUndefined()
})

test('an SVG is rendered at the size needed, and only if it is a local file', async () => {
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="18"><rect width="32" height="18" fill="#8a1c1c"/></svg>',
  )
  const made = await resize(svg, 'hero', true)
  if (made.status !== 'resized') throw new Error(JSON.stringify(made))
  expect(await shape(made.bytes)).toMatchObject({ width: 1_088, height: 612 })
  expect(await resize(svg, 'hero', false)).toEqual({ status: 'refused', reason: 'it is an SVG from another site' })
})

test('an animated GIF keeps its original, with its size', async () => {
  const frames = await Promise.all(
    ['red', 'blue'].map((background) =>
      sharp({ create: { width: 20, height: 10, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  )
  const moving = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer()
  expect(await resize(moving, 'text', false)).toEqual({ status: 'original', width: 20, height: 10 })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('GIF89a is how it begins')],
  ['a page', Buffer.from('<html><body>404</body></html>')],
  ['the head of a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex')],
])('%s is refused with a reason', async (_name, source) => {
  const made = await resize(source, 'hero', false)
  expect(made).toMatchObject({ status: 'refused', reason: expect.stringMatching(/^it cannot be read as a picture \(.+\)$/) })
})

test('a picture with more pixels than any camera is refused before it is decoded', async () => {
  const bomb = await sharp({ create: { width: 8_100, height: 8_100, channels: 3, background: 'white' } })
    .png({ compressionLevel: 9 })
    .toBuffer()
  expect(bomb.length).toBeLessThan(500_000)
  expect(await resize(bomb, 'hero', false)).toMatchObject({ status: 'refused', reason: expect.stringContaining('pixel limit') })
})

test('a logo fits the masthead: an SVG is rendered for it, a small picture stays small', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><circle cx="5" cy="5" r="4"/></svg>')
  const drawn = await resize(svg, 'logo', true)
  if (drawn.status !== 'resized') throw new Error(JSON.stringify(drawn))
  expect(drawn).toMatchObject({ type: 'image/png', width: 128, height: 64 })
  expect(await shape(drawn.bytes)).toEqual({ format: 'png', width: 256, height: 128 })
  const wide = await resize(await plain(2_000, 200).png().toBuffer(), 'logo', true)
  expect(wide).toMatchObject({ width: 272, height: 27 })
  const small = await resize(await plain(40, 20).png().toBuffer(), 'logo', true)
  expect(small).toMatchObject({ width: 40, height: 20 })
})

test('a portrait hero is cropped to 16:9, around what draws attention', async () => {
  const face = await sharp({ create: { width: 200, height: 200, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const portrait = await sharp({ create: { width: 600, height: 1_800, channels: 3, background: 'grey' } })
    .composite([{ input: face, left: 200, top: 100 }])
    .jpeg()
    .toBuffer()
  const made = await resize(portrait, 'hero', true)
  if (made.status !== 'resized') throw new Error(JSON.stringify(made))
  expect(made).toMatchObject({ width: 544, height: 306 })
  expect(await shape(made.bytes)).toEqual({ format: 'jpeg', width: 600, height: 338 })
  const [red] = (await sharp(made.bytes).stats()).channels
  expect(red?.max).toBeGreaterThan(240)
})

test('a photograph that a phone took upright is a portrait, and a moving portrait stands still', async () => {
  const photo = await plain(400, 200).flatten().withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect(await resize(photo, 'hero', true)).toMatchObject({ status: 'resized', width: 544, height: 306 })
  const frames = await Promise.all(
    ['red', 'blue'].map((background) =>
      sharp({ create: { width: 100, height: 300, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  )
  const moving = await sharp(frames, { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toBuffer()
  expect(await resize(moving, 'hero', true)).toMatchObject({ status: 'resized', width: 544, height: 306 })
  expect(await resize(moving, 'text', true)).toMatchObject({ status: 'original' })
})
