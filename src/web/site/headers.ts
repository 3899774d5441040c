import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** Articles may show pictures and play recordings from anywhere; nothing runs. */
export const readingHeaders = headersFor({ pictures: ['http:', 'https:', 'data:'], referrer: 'strict-origin-when-cross-origin' })

/** The same for a page that frames one of our own addresses. */
export const framingHeaders = headersFor({
  pictures: ['http:', 'https:', 'data:'],
  referrer: 'strict-origin-when-cross-origin',
  frames: ["'self'"],
})

const quietHeaders = headersFor({ pictures: ["'self'"], referrer: 'no-referrer' })

/**
 * For pages whose address is a secret: kept by no cache (RFC 9111 §5.2.2.5) and no index, told to no other site, and
 * making no request outside.
 */
export const secretHeaders: RequestHandler = (request, response, next) => {
  response.set('Cache-Control', 'no-store')
  response.set('X-Robots-Tag', 'noindex')
  quietHeaders(request, response, next)
}

interface Openness {
  readonly pictures: string[]
  readonly referrer: 'no-referrer' | 'strict-origin-when-cross-origin'
  readonly frames?: string[]
}

function headersFor({ pictures, referrer, frames = [] }: Openness) {
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
    // Icons and pictures are for feed readers and previews too.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: referrer },
    // Whether a host is to be reached by HTTPS alone is for whoever ends TLS to say.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
}
