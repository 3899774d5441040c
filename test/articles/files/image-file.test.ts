import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { pictureSize, readPicture } from '../../../src/articles/files/image-file.ts'
import { imageTypeOfBytes } from '../../../src/articles/files/media-types.ts'
import { makeContent } from '../../support/content.ts'
import { gif, jpeg, png, webp } from './image-bytes.ts'

test.each([
  ['PNG', png(640, 360), 'image/png'],
  ['GIF', gif(640, 360), 'image/gif'],
  ['JPEG behind 40 KB of Exif', jpeg(640, 360, 40_000), 'image/jpeg'],
  ['lossy WebP', webp('VP8 ', 640, 360), 'image/webp'],
  ['lossless WebP', webp('VP8L', 640, 360), 'image/webp'],
  ['extended WebP', webp('VP8X', 640, 360), 'image/webp'],
])('the type and size of a %s are read', async (_, bytes, type) => {
  await using content = await makeContent({})
  const path = join(content.folder, 'a.misnamed')
  await writeFile(path, bytes)
  expect(await readPicture(path)).toEqual({ status: 'read', file: { path, type, bytes: bytes.length, width: 640, height: 360 } })
})

test('an SVG is a picture without pixels; an HTML page is refused', async () => {
  await using content = await makeContent({})
  const path = join(content.folder, 'a.svg')
  await writeFile(path, '<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>')
  expect(await readPicture(path)).toMatchObject({ status: 'read', file: { type: 'image/svg+xml' } })
  await writeFile(path, '<!doctype html><p>no</p>')
  expect(await readPicture(path)).toMatchObject({ status: 'refused' })
  await writeFile(path, '')
  expect(await readPicture(path)).toMatchObject({ status: 'refused' })
})

test('any bytes give a size or undefined, never an exception', () => {
  const heads = fc
    .constantFrom(png(1, 1), gif(1, 1), jpeg(1, 1, 10), webp('VP8X', 1, 1), webp('VP8L', 1, 1))
    .chain((whole) =>
      fc
        .tuple(fc.nat(whole.length), fc.uint8Array({ maxLength: 64 }))
        .map(([length, tail]) => Buffer.concat([whole.subarray(0, length), tail])),
    )
  fc.assert(
    fc.property(heads, (head) => {
      const size = pictureSize(head, imageTypeOfBytes(head) ?? 'image/jpeg')
      return size === undefined || (size.width > 0 && size.height > 0)
    }),
  )
})

/** Browsers turn these: 1 to 4 stay upright, 5 to 8 lie on their side. */
test.each([
  ['jpeg', 1, [40, 20]],
  ['jpeg', 3, [40, 20]],
  ['jpeg', 5, [20, 40]],
  ['jpeg', 6, [20, 40]],
  ['jpeg', 8, [20, 40]],
  ['png', 6, [20, 40]],
  ['webp', 6, [20, 40]],
] as const)('the size of a %s with orientation %i is the size as shown', async (format, orientation, [width, height]) => {
  const plain = sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
  const bytes = await plain.withMetadata({ orientation }).toFormat(format).toBuffer()
  expect(pictureSize(bytes, `image/${format}`)).toEqual({ width, height })
})

test('a picture whose Exif data is damaged keeps its size', async () => {
  const plain = sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
  const bytes = await plain.withMetadata({ orientation: 6 }).jpeg().toBuffer()
  const directory = bytes.indexOf('Exif') + 6 + 4
  bytes.fill(0xff, directory, directory + 4)
  expect(pictureSize(bytes, 'image/jpeg')).toEqual({ width: 40, height: 20 })
})
