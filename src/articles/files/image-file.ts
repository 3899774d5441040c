import { open } from 'node:fs/promises'
import type { PictureFile } from '../article.ts'
import { isTurnedSideways } from './image-orientation.ts'
import { imageTypeOfBytes } from './media-types.ts'

/** A JPEG states its size after its Exif block, which is at most 64 KB. */
const headBytes = 64 * 1024

export type ReadPicture = { readonly status: 'read'; readonly file: PictureFile } | { readonly status: 'refused'; readonly reason: string }

/** Detects type and size from the first 64 KB. The caller must have checked that `path` is inside the content folder. */
export async function readPicture(path: string): Promise<ReadPicture> {
  const handle = await open(path, 'r')
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return { status: 'refused', reason: 'is not a file' }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(headBytes, Math.max(stats.size, 1))), 0)
    const head = buffer.subarray(0, bytesRead)
    const type = imageTypeOfBytes(head)
    if (!type) return { status: 'refused', reason: 'is not a JPEG, PNG, GIF, WebP, AVIF or SVG picture' }
    const size = pictureSize(head, type)
    return { status: 'read', file: { path, type, bytes: stats.size, ...size } }
  } finally {
    await handle.close()
  }
}

export interface PixelSize {
  readonly width: number
  readonly height: number
}

/**
 * Width and height in pixels as browsers show the picture, or `undefined` if the header is truncated or invalid. A camera that was held
 * sideways stores the picture as the sensor saw it, and says how to turn it.
 */
export function pictureSize(head: Uint8Array, type: string): PixelSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  try {
    const size = sizeReaders.get(type)?.(view)
    if (!size || size.width === 0 || size.height === 0) return undefined
    return isTurnedSideways(view, type) ? { width: size.height, height: size.width } : size
  } catch (error) {
    // The header points past its own end.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const sizeReaders: ReadonlyMap<string, (view: DataView) => PixelSize | undefined> = new Map([
  ['image/png', (view) => ({ width: view.getUint32(16), height: view.getUint32(20) })],
  ['image/gif', (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) })],
  ['image/jpeg', jpegSize],
  ['image/webp', webpSize],
  ['image/avif', avifSize],
])

/** Walks the segments to the start of frame (ITU-T T.81 §B.1.1.4): SOF0 to SOF15 except DHT, JPG and DAC. */
function jpegSize(view: DataView): PixelSize | undefined {
  for (let at = 2; ; ) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at++
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    at += 2 + view.getUint16(at + 2)
  }
}

/** The three kinds of WebP (RFC 9649 §2.5 to §2.7): lossy, lossless, extended. */
function webpSize(view: DataView): PixelSize | undefined {
  const kind = String.fromCharCode(view.getUint8(12), view.getUint8(13), view.getUint8(14), view.getUint8(15))
  if (kind === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (kind === 'VP8X') {
    const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536
    return { width: uint24(24) + 1, height: uint24(27) + 1 }
  }
  return undefined
}

/** Uses the first `ispe` property (ISO/IEC 23008-12 §6.5.3), which in practice is the picture's own. */
function avifSize(view: DataView): PixelSize | undefined {
  const at = Buffer.from(view.buffer, view.byteOffset, view.byteLength).indexOf('ispe')
  return at < 0 ? undefined : { width: view.getUint32(at + 8), height: view.getUint32(at + 12) }
}
