/** Whether browsers show the picture turned by a quarter, so that width and height change places. */
export function isTurnedSideways(view: DataView, type: string): boolean {
  const find = finders.get(type)
  try {
    if (type === 'image/avif') return isAvifTurned(view)
    const tiff = find?.(view)
    const orientation = tiff === undefined ? undefined : orientationAt(view, tiff)
    return orientation !== undefined && orientation >= 5 && orientation <= 8
  } catch (error) {
    // A header that points past its own end turns nothing.
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Where the TIFF header of the Exif data begins. */
const finders: ReadonlyMap<string, (view: DataView) => number | undefined> = new Map([
  ['image/jpeg', exifOfJpeg],
  ['image/png', exifOfPng],
  ['image/webp', exifOfWebp],
])

/** The segment APP1 that begins with `Exif\0\0` (Exif 2.32 §4.7.2), before the frame. */
function exifOfJpeg(view: DataView): number | undefined {
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at++
    else if (marker === 0xda) return undefined
    else if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966 && view.getUint16(at + 8) === 0) return at + 10
    else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

/** The chunk eXIf (PNG, third edition, §11.3.4.5). Only one before the pixels is found. */
function exifOfPng(view: DataView): number | undefined {
  for (let at = 8; ; ) {
    const kind = view.getUint32(at + 4)
    if (kind === 0x65584966) return at + 8
    // IDAT
    if (kind === 0x49444154) return undefined
    at += 12 + view.getUint32(at)
  }
}

/** The chunk EXIF (RFC 9649 §2.7.1.5), if it is near enough to the start. */
function exifOfWebp(view: DataView): number | undefined {
  for (let at = 12; ; ) {
    // Some writers begin with `Exif\0\0`, as in JPEG.
    if (view.getUint32(at) === 0x45584946) return view.getUint32(at + 8) === 0x45786966 ? at + 14 : at + 8
    const length = view.getUint32(at + 4, true)
    at += 8 + length + (length % 2)
  }
}

/** Tag 0x0112 of the first directory (TIFF 6.0 §2). */
function orientationAt(view: DataView, tiff: number): number | undefined {
  const isLittle = view.getUint16(tiff) === 0x4949
  const directory = tiff + view.getUint32(tiff + 4, isLittle)
  const count = view.getUint16(directory, isLittle)
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * 12
    if (view.getUint16(entry, isLittle) === 0x0112) return view.getUint16(entry + 8, isLittle)
  }
  return undefined
}

/** The property `irot` counts quarter turns (ISO/IEC 23008-12 §6.5.10). */
function isAvifTurned(view: DataView): boolean {
  const at = Buffer.from(view.buffer, view.byteOffset, view.byteLength).indexOf('irot')
  return at >= 0 && (view.getUint8(at + 4) & 1) === 1
}
