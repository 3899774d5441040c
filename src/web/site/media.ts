import { Router } from 'express'
import { resolveMedia } from '../../articles/files/media.ts'
import type { MailPictures } from '../../articles/images/mail-images.ts'
import type { Publication } from '../../publication/publication.ts'
import { patterns } from '../../publication/urls.ts'

/** A day: a picture may be replaced under its name, and the validator then tells. */
const maxAgeMs = 86_400_000

/** `/media/…`: files of the content folder that articles may show or attach, with ranges and validators (RFC 9110 §13, §14). */
export function mediaRoutes(publication: () => Publication, mailPictures: Pick<MailPictures, 'find'>): Router {
  const routes = Router()
  routes.get(patterns.mailImage, async (request, response, next) => {
    // What has another name may be a file of the content folder.
    const picture = /^[\w-]{22}\.(?:jpg|png)$/.test(request.params.name) ? await mailPictures.find(request.params.name) : undefined
    if (!picture) {
      next()
      return
    }
    response.type(picture.type)
    response.set('X-Content-Type-Options', 'nosniff')
    response.set('Cross-Origin-Resource-Policy', 'cross-origin')
    // Named by its bytes, so mail that is years old shows the same picture.
    response.set('Cache-Control', 'public, max-age=31536000, immutable')
    response.send(Buffer.from(picture.bytes))
  })
  routes.get(patterns.media, async (request, response, next) => {
    const file = await resolveMedia(publication(), request.path)
    if (!file) {
      next()
      return
    }
    response.type(file.type)
    // An SVG opened by itself is a document: it may neither run nor load anything.
    response.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    response.set('X-Content-Type-Options', 'nosniff')
    // Mail clients and feed readers show our pictures on pages of theirs.
    response.set('Cross-Origin-Resource-Policy', 'cross-origin')
    response.sendFile(file.path, { maxAge: maxAgeMs, dotfiles: 'allow' })
  })
  return routes
}
