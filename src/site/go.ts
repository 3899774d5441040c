import type { RequestHandler } from 'express'
import { sendError } from './errors.ts'
import type { Site } from './site.ts'

/** One transparent pixel: a GIF89a of 42 bytes. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/**
 * `/go/:id`: leads to where a link of an issue leads, and counts that somebody followed it. It leads to what was written into that issue and
 * nowhere else: the id is one that only we can make, and the address stands in our database, not in the request.
 */
export function follow(site: Site): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const isPixel = request.params.id.endsWith('.gif')
    const id = isPixel ? request.params.id.slice(0, -4) : request.params.id
    const link = /^[\w-]{22}$/.test(id) ? await site.followed.find(id) : undefined
    if (!link || (link.kind === 'open') !== isPixel) return sendError(site, response, 404)
    response.set({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex, nofollow' })
    if (request.method === 'GET') {
      site.followed.count(link, {
        networkAddress: request.ip ?? '',
        userAgent: request.get('User-Agent') ?? '',
        isPrefetch: /prefetch|prerender|preview/i.test(
          `${request.get('Sec-Purpose') ?? ''} ${request.get('Purpose') ?? ''} ${request.get('X-Moz') ?? ''}`,
        ),
      })
    }
    if (isPixel) response.set('Cross-Origin-Resource-Policy', 'cross-origin').type('gif').send(pixel)
    else response.redirect(302, link.url)
  }
}
