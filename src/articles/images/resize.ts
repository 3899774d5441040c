import sharp from 'sharp'

/** What a picture is for: a hero fills the column at 16:9, one in the text is shown whole, a logo is as high as a line of the masthead. */
export type PictureUse = 'hero' | 'text' | 'logo'

export type Resized =
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

/** Width of the column of a mail in CSS pixels (templates/email). */
export const columnWidth = 544
const heroHeight = 306
/** A line of the masthead, and what a telephone has room for. */
const logoBox = { width: 272, height: 64 }

/** For screens with two pixels to each of ours; more shows nowhere and weighs. */
const density = 2

/** A phone's camera has 50 megapixels; a larger picture is a mistake or an attack. */
const maxPixels = 64e6

/** Makes a JPEG, or a PNG where one can see through it, no larger than a mail needs. An SVG can carry script, so only our own are read. */
export async function resize(source: Buffer, use: PictureUse, isOurs: boolean): Promise<Resized> {
  try {
    const found = await sharp(source, { limitInputPixels: maxPixels }).metadata()
    const { format, pages = 1 } = found
    const { width: fullWidth, height: fullHeight } = found.autoOrient
    if (format === 'svg' && !isOurs) return { status: 'refused', reason: 'it is an SVG of another site' }
    const isDrawing = format === 'svg'
    const logo = logoSize(fullWidth, fullHeight, isDrawing)
    if (format === 'gif' && pages > 1) return { status: 'as_it_is', ...(use === 'logo' ? logo : shown(fullWidth, fullHeight)) }
    const size = isDrawing ? drawnSize(use, fullWidth, fullHeight, logo) : sizeInFile(use, fullWidth, fullHeight, logo)
    // A drawing has no pixels of its own: it is drawn as large as it is needed.
    const drawn = isDrawing ? { density: 72 * Math.max(1, Math.ceil(size.width / fullWidth)) } : {}
    const made = sharp(source, { limitInputPixels: maxPixels, ...drawn })
      .autoOrient()
      .resize({ ...size, fit: 'cover' })
    const isOpaque = !found.hasAlpha || (await sharp(source, { limitInputPixels: maxPixels }).stats()).isOpaque
    const { data, info } = await (isOpaque
      ? made.flatten().jpeg({ quality: 80, progressive: true, mozjpeg: true })
      : made.png({ palette: true, compressionLevel: 9 })
    ).toBuffer({ resolveWithObject: true })
    const onPage =
      use === 'hero' ? { width: columnWidth, height: heroHeight } : use === 'logo' ? logo : shown(info.width, info.height, fullWidth)
    return { status: 'developed', bytes: data, type: isOpaque ? 'image/jpeg' : 'image/png', ...onPage }
  } catch (error) {
    return { status: 'refused', reason: `it cannot be read as a picture (${(error as Error).message.split('\n', 1)[0]})` }
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

function sizeInFile(use: PictureUse, fullWidth: number, fullHeight: number, logo: Size): Size {
  if (use === 'hero') return heroSize(fullWidth, fullHeight)
  if (use === 'text') return textSize(fullWidth, fullHeight)
  const width = Math.min(logo.width * density, fullWidth)
  return { width, height: Math.max(1, Math.round((width * fullHeight) / fullWidth)) }
}

function drawnSize(use: PictureUse, fullWidth: number, fullHeight: number, logo: Size): Size {
  if (use === 'logo') return { width: logo.width * density, height: logo.height * density }
  return enlarged(sizeInFile(use, fullWidth, fullHeight, logo))
}

/** On the page: within its box, and a picture of pixels no larger than it is. */
function logoSize(fullWidth: number, fullHeight: number, isDrawing: boolean): Size {
  const scale = Math.min(logoBox.width / fullWidth, logoBox.height / fullHeight, isDrawing ? Number.POSITIVE_INFINITY : 1)
  return { width: Math.max(1, Math.round(fullWidth * scale)), height: Math.max(1, Math.round(fullHeight * scale)) }
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
