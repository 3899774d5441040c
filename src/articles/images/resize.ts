import sharp from 'sharp'

/**
 * `hero` fills the column at 16:9. `thumbnail` stands beside the words of a small card.
 * `text` is shown whole, `logo` fits the height of the masthead.
 */
export type PictureUse = 'hero' | 'thumbnail' | 'text' | 'logo'

export type Resized =
  | {
      readonly status: 'resized'
      readonly bytes: Uint8Array
      readonly type: 'image/jpeg' | 'image/png'
      /** CSS pixels: half of the file's pixels, if it has enough. */
      readonly width: number
      readonly height: number
    }
  /** An animated GIF: mail shows the original, because resizing would lose the animation. */
  | { readonly status: 'original'; readonly width: number; readonly height: number }
  | { readonly status: 'refused'; readonly reason: string }

/** Width of the text column of an email in CSS pixels (templates/email). */
export const columnWidth = 544
const heroHeight = 306
const thumbnail = { width: 160, height: 90 }
/** CSS pixels. Fits the masthead, and the width of a phone. */
const logoBox = { width: 272, height: 64 }

/** Device pixels per CSS pixel. More adds bytes without a visible gain. */
const density = 2

/** Phone cameras have 50 megapixels. A larger picture may be a decompression bomb. */
const maxPixels = 64e6

/** Makes a JPEG, or a PNG if the picture is transparent, at the size an email needs. Refuses SVG of other sites, which may be hostile. */
export async function resize(source: Buffer, use: PictureUse, isOurs: boolean): Promise<Resized> {
  try {
    const found = await sharp(source, { limitInputPixels: maxPixels }).metadata()
    const { format, pages = 1 } = found
    const { width: fullWidth, height: fullHeight } = found.autoOrient
    if (format === 'svg' && !isOurs) return { status: 'refused', reason: 'it is an SVG from another site' }
    const isDrawing = format === 'svg'
    const logo = logoSize(fullWidth, fullHeight, isDrawing)
    const isPortraitHero = use === 'hero' && fullHeight > fullWidth
    // A portrait hero would push the headline off the screen. As it cannot be cropped while it moves, it stands still.
    if (format === 'gif' && pages > 1 && !isPortraitHero)
      return { status: 'original', ...(use === 'logo' ? logo : shown(fullWidth, fullHeight)) }
    const size = isDrawing ? drawnSize(use, fullWidth, fullHeight, logo) : sizeInFile(use, fullWidth, fullHeight, logo)
    // A drawing has no pixels, so it is rendered at the size needed.
    const drawn = isDrawing ? { density: 72 * Math.max(1, Math.ceil(size.width / fullWidth)) } : {}
    const made = sharp(source, { limitInputPixels: maxPixels, ...drawn })
      .autoOrient()
      // In a tall picture, the middle often shows a belt: keep the part that draws attention.
      .resize({ ...size, fit: 'cover', position: boxOf(use) && fullHeight > fullWidth ? sharp.strategy.attention : 'centre' })
    const isOpaque = !found.hasAlpha || (await sharp(source, { limitInputPixels: maxPixels }).stats()).isOpaque
    const { data, info } = await (isOpaque
      ? made.flatten().jpeg({ quality: 80, progressive: true, mozjpeg: true })
      : made.png({ palette: true, compressionLevel: 9 })
    ).toBuffer({ resolveWithObject: true })
    const box = boxOf(use)
    const onPage = box ?? (use === 'logo' ? logo : shown(info.width, info.height, fullWidth))
    return { status: 'resized', bytes: data, type: isOpaque ? 'image/jpeg' : 'image/png', ...onPage }
  } catch (error) {
    return { status: 'refused', reason: `it cannot be read as a picture (${(error as Error).message.split('\n', 1)[0]})` }
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

function sizeInFile(use: PictureUse, fullWidth: number, fullHeight: number, logo: Size): Size {
  const box = boxOf(use)
  if (box) return filling(box, fullWidth, fullHeight)
  if (use === 'text') return textSize(fullWidth, fullHeight)
  const width = Math.min(logo.width * density, fullWidth)
  return { width, height: Math.max(1, Math.round((width * fullHeight) / fullWidth)) }
}

function drawnSize(use: PictureUse, fullWidth: number, fullHeight: number, logo: Size): Size {
  if (use === 'logo') return { width: logo.width * density, height: logo.height * density }
  return enlarged(sizeInFile(use, fullWidth, fullHeight, logo), boxOf(use)?.width)
}

/** CSS pixels of a use that crops. */
function boxOf(use: PictureUse): Size | undefined {
  if (use === 'hero') return { width: columnWidth, height: heroHeight }
  if (use === 'thumbnail') return thumbnail
  return undefined
}

/** CSS pixels of a logo: within its box. Only a drawing is enlarged. */
function logoSize(fullWidth: number, fullHeight: number, isDrawing: boolean): Size {
  const scale = Math.min(logoBox.width / fullWidth, logoBox.height / fullHeight, isDrawing ? Number.POSITIVE_INFINITY : 1)
  return { width: Math.max(1, Math.round(fullWidth * scale)), height: Math.max(1, Math.round(fullHeight * scale)) }
}

/** The largest part of the picture in the shape of `box`, limited to the size needed. */
function filling(box: Size, fullWidth: number, fullHeight: number): Size {
  const width = Math.max(1, Math.min(box.width * density, fullWidth, Math.round((fullHeight * box.width) / box.height)))
  return { width, height: Math.max(1, Math.round((width * box.height) / box.width)) }
}

function textSize(fullWidth: number, fullHeight: number): Size {
  const width = Math.min(columnWidth * density, fullWidth)
  return { width, height: Math.max(1, Math.round((width * fullHeight) / fullWidth)) }
}

function enlarged({ width, height }: Size, onPage = columnWidth): Size {
  const factor = Math.max(1, (onPage * density) / width)
  return { width: Math.round(width * factor), height: Math.round(height * factor) }
}

/** CSS pixels: its own size, limited to the width of the column. */
function shown(width: number, height: number, fullWidth = width): Size {
  const onPage = Math.max(1, Math.min(columnWidth, fullWidth))
  return { width: onPage, height: Math.max(1, Math.round((onPage * height) / width)) }
}
