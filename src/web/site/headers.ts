import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** Pages may load pictures and media from anywhere; no script runs. */
export const readingHeaders = headersFor({ pictures: ['http:', 'https:', 'data:'], referrer: 'strict-origin-when-cross-origin' })

/** The same, for a page that frames one of our own pages. */
export const framingHeaders = headersFor({
  pictures: ['http:', 'https:', 'data:'],
  referrer: 'strict-origin-when-cross-origin',
  frames: ["'self'"],
})

const quietHeaders = headersFor({ pictures: ["'self'"], referrer: 'no-referrer' })

/**
 * For pages with a token in their address: never cached (RFC 9111 §5.2.2.5) or indexed, no referrer, and no requests to
 * other sites.
 */
export const secretHeaders: RequestHandler = (request, response, next) => {
  response.set('Cache-Control', 'no-store')
  response.set('X-Robots-Tag', 'noindex')
  quietHeaders(request, response, next)
}

interface HeaderOptions {
  readonly pictures: string[]
  readonly referrer: 'no-referrer' | 'strict-origin-when-cross-origin'
  readonly frames?: string[]
}

function headersFor({ pictures, referrer, frames = [] }: HeaderOptions) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': ["'self'"],
        'img-src': pictures,
        'media-src': pictures,
        ...(frames.length > 0 ? { 'frame-src': frames } : {}),
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Feed readers and link previews load icons and pictures too.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: referrer },
    // HSTS is up to the proxy that terminates TLS.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
}
