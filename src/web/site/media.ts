import { Router } from 'express'
import { resolveMedia } from '../../articles/files/media.ts'
import type { MailPictures } from '../../articles/images/mail-images.ts'
import type { Publication } from '../../publication/publication.ts'
import { patterns } from '../../publication/urls.ts'

/** One day. A file may be replaced under the same name; its validator then changes. */
const maxAgeMs = 86_400_000

/** `/media/…`: files of the content folder, with ranges and validators (RFC 9110 §13, §14), and images made for mail. */
export function mediaRoutes(publication: () => Publication, mailPictures: Pick<MailPictures, 'find'>): Router {
  const routes = Router()
  routes.get(patterns.mailImage, async (request, response, next) => {
    // Other names may be files of the content folder.
    const picture = /^[\w-]{22}\.(?:jpg|png)$/.test(request.params.name) ? await mailPictures.find(request.params.name) : undefined
    if (!picture) {
      next()
      return
    }
    response.type(picture.type)
    response.set('X-Content-Type-Options', 'nosniff')
    response.set('Cross-Origin-Resource-Policy', 'cross-origin')
    // The name is a hash of the bytes, so the content never changes.
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
    // An SVG opened on its own is a document: forbid scripts and requests.
    response.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    response.set('X-Content-Type-Options', 'nosniff')
    // Webmail and feed readers show our pictures on their own pages.
    response.set('Cross-Origin-Resource-Policy', 'cross-origin')
    response.sendFile(file.path, { maxAge: maxAgeMs, dotfiles: 'allow' })
  })
  return routes
}
