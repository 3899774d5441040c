import { join, relative, sep } from 'node:path'
import type { Publication } from '../../publication/publication.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { findFile, isHidden, isInside } from './folder.ts'
import { typeOfName } from './media-types.ts'

export interface MediaFile {
  /** Absolute, with all links followed. */
  readonly path: string
  readonly type: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly changedAtMs: number
}

/**
 * The file of ours that the path of a request (`/media/…`, percent-encoded, without a query) names, or `undefined`
 * where there is none that may be served: outside the content folder, hidden, or of a kind that is not served.
 * An SVG may hold scripts: who serves it forbids them by a Content-Security-Policy.
 */
export async function resolveMedia(publication: Publication, urlPath: string): Promise<MediaFile | undefined> {
  if (!urlPath.startsWith(paths.media(''))) return undefined
  const wanted = decodePath(urlPath.slice(paths.media('').length))
  if (wanted === undefined || wanted.includes('\0') || wanted.includes('\\') || isHidden(wanted)) return undefined
  const type = typeOfName(wanted)
  if (!type) return undefined
  const path = join(publication.contentFolder, wanted)
  if (!isInside(publication.contentFolder, path)) return undefined
  const found = await findFile(publication.contentFolder, path)
  // A link may dress a file as another: what it leads to must be fit to serve as well.
  if (found.status !== 'found' || !typeOfName(found.path)) return undefined
  return { path: found.path, type, bytes: found.bytes, changedAtMs: found.changedAtMs }
}

/** The address of a file below the content folder, or `undefined` where it is outside or of a kind that is not served. */
export function mediaUrl(publication: Pick<Publication, 'url' | 'contentFolder'>, path: string): string | undefined {
  if (!isInside(publication.contentFolder, path) || !typeOfName(path)) return undefined
  const way = relative(publication.contentFolder, path)
  if (isHidden(way)) return undefined
  return publicUrl(publication, paths.media(way.split(sep).map(encodeSegment).join('/')))
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed()).replace(/['()!*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Percent-decoded, or `undefined` where the encoding is broken. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
