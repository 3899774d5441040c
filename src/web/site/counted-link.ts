import type { Request, RequestHandler } from 'express'
import type { CountedLink } from '../../digests/link-counts/follow-counter.ts'
import type { SiteContext } from './context.ts'
import { sendError } from './errors.ts'

/** One transparent pixel: a GIF89a of 42 bytes. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/**
 * `/go/:id`: redirects to the target of a link in an issue, and counts it. It is no open redirect: the id cannot be forged, and the
 * target comes from our database, not from the request.
 */
export function follow(site: SiteContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const isPixel = request.params.id.endsWith('.gif')
    const id = isPixel ? request.params.id.slice(0, -4) : request.params.id
    const link = /^[\w-]{22}$/.test(id) ? await site.followed.find(id) : undefined
    if (!link || (link.kind === 'open') !== isPixel) return sendError(site, response, 404)
    response.set({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex, nofollow' })
    // After measuring is turned off, links of earlier issues still redirect but are not counted.
    const { clicks, opens } = site.publication().measure
    if (isPixel ? opens : clicks) count(site, request, link)
    if (isPixel) response.set('Cross-Origin-Resource-Policy', 'cross-origin').type('gif').send(pixel)
    else response.redirect(302, link.url)
  }
}

function count({ followed }: SiteContext, request: Request, link: CountedLink): void {
  const networkAddress = request.ip ?? ''
  if (request.method !== 'GET') {
    followed.doubt(link, networkAddress)
    return
  }
  const purpose = ['Sec-Purpose', 'Purpose', 'X-Moz'].map((name) => request.get(name) ?? '').join(' ')
  followed.count(link, {
    networkAddress,
    userAgent: request.get('User-Agent') ?? '',
    isPrefetch: /prefetch|prerender|preview/i.test(purpose),
  })
}
