import sharp from 'sharp'

/** What a picture is for: a hero fills the column at 16:9, one in the text is shown whole. */
export type PictureUse = 'hero' | 'text'

export type Developed =
  | {
      readonly status: 'developed'
      readonly bytes: Uint8Array
      readonly type: 'image/jpeg' | 'image/png'
      /** Pixels on the page, half of those in the file where there are enough. */
      readonly width: number
      readonly height: number
    }
  /** Mail can show it as it is, and more of it than we could make: a moving GIF. */
  | { readonly status: 'as_it_is'; readonly width: number; readonly height: number }
  | { readonly status: 'refused'; readonly reason: string }

/** Width of the column of a letter in CSS pixels (templates/email). */
export const columnWidth = 544
const heroHeight = 306

/** For screens with two pixels to each of ours; more shows nowhere and weighs. */
const density = 2

/** A phone's camera has 50 megapixels; what is larger is no picture for a letter, or means harm. */
const maxPixels = 64e6

/** Makes a JPEG, or a PNG where one can see through it, no larger than a letter needs. An SVG only of our own: it is a program of sorts. */
export async function develop(source: Buffer, use: PictureUse, isOurs: boolean): Promise<Developed> {
  try {
    const found = await sharp(source, { limitInputPixels: maxPixels }).metadata()
    const { format, pages = 1 } = found
    const { width: fullWidth, height: fullHeight } = found.autoOrient
    if (format === 'svg' && !isOurs) return { status: 'refused', reason: 'it is an SVG of another site' }
    if (format === 'gif' && pages > 1) return { status: 'as_it_is', ...shown(fullWidth, fullHeight) }
    const size = use === 'hero' ? heroSize(fullWidth, fullHeight) : textSize(fullWidth, fullHeight)
    // A drawing has no pixels of its own: it is drawn as large as it is needed.
    const drawn = format === 'svg' ? { density: 72 * Math.max(1, Math.ceil((columnWidth * density) / fullWidth)) } : {}
    const made = sharp(source, { limitInputPixels: maxPixels, ...drawn })
      .autoOrient()
      .resize({ ...(format === 'svg' ? enlarged(size) : size), fit: 'cover' })
    const isOpaque = !found.hasAlpha || (await sharp(source, { limitInputPixels: maxPixels }).stats()).isOpaque
    const { data, info } = await (isOpaque
      ? made.flatten().jpeg({ quality: 80, progressive: true, mozjpeg: true })
      : made.png({ palette: true, compressionLevel: 9 })
    ).toBuffer({ resolveWithObject: true })
    const onPage = use === 'hero' ? { width: columnWidth, height: heroHeight } : shown(info.width, info.height, fullWidth)
    return { status: 'developed', bytes: data, type: isOpaque ? 'image/jpeg' : 'image/png', ...onPage }
  } catch (error) {
    return { status: 'refused', reason: `it cannot be read as a picture (${(error as Error).message.split('\n', 1)[0]})` }
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

/** The largest 16:9 of the picture, no larger than is needed. */
function heroSize(fullWidth: number, fullHeight: number): Size {
  const width = Math.max(1, Math.min(columnWidth * density, fullWidth, Math.round((fullHeight * columnWidth) / heroHeight)))
  return { width, height: Math.max(1, Math.round((width * heroHeight) / columnWidth)) }
}

function textSize(fullWidth: number, fullHeight: number): Size {
  const width = Math.min(columnWidth * density, fullWidth)
  return { width, height: Math.max(1, Math.round((width * fullHeight) / fullWidth)) }
}

function enlarged({ width, height }: Size): Size {
  const factor = Math.max(1, (columnWidth * density) / width)
  return { width: Math.round(width * factor), height: Math.round(height * factor) }
}

/** As large as it is, or as the column is wide. */
function shown(width: number, height: number, fullWidth = width): Size {
  const onPage = Math.max(1, Math.min(columnWidth, fullWidth))
  return { width: onPage, height: Math.max(1, Math.round((onPage * height) / width)) }
}
