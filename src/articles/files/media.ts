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
 * Finds the file for a request path (`/media/…`, percent-encoded, without a query). Returns `undefined` if it is
 * missing, hidden, outside the content folder or of a type that is not served.
 * An SVG may contain scripts, so the server must block them with a Content-Security-Policy.
 */
export async function resolveMedia(publication: Publication, urlPath: string): Promise<MediaFile | undefined> {
  if (!urlPath.startsWith(paths.media(''))) return undefined
  const name = decodePath(urlPath.slice(paths.media('').length))
  if (name === undefined || name.includes('\0') || name.includes('\\') || isHidden(name)) return undefined
  const type = typeOfName(name)
  if (!type) return undefined
  const path = join(publication.contentFolder, name)
  if (!isInside(publication.contentFolder, path)) return undefined
  const found = await findFile(publication.contentFolder, path)
  // A symbolic link may have another extension than its target, so check the target too.
  if (found.status !== 'found' || !typeOfName(found.path)) return undefined
  return { path: found.path, type, bytes: found.bytes, changedAtMs: found.changedAtMs }
}

/** The address of a file (absolute path), or `undefined` if it is outside the content folder or of a type that is not served. */
export function mediaUrl(publication: Pick<Publication, 'url' | 'contentFolder'>, path: string): string | undefined {
  if (!isInside(publication.contentFolder, path) || !typeOfName(path)) return undefined
  const relativePath = relative(publication.contentFolder, path)
  if (isHidden(relativePath)) return undefined
  return publicUrl(publication, paths.media(relativePath.split(sep).map(encodeSegment).join('/')))
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed()).replace(/['()!*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Decodes percent-encoding. Returns `undefined` if it is malformed. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
