import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib'
import { type Coding, chooseCoding } from './accept-encoding.ts'
import { refuseMethod } from './method-not-allowed.ts'
import { evaluatePreconditions, type Validators } from './preconditions.ts'

/** What a resource is at one moment, ready to be sent any number of times. */
export interface Representation extends Validators {
  /** Hash of the body, the same after a restart: what the entity tags are made of. */
  readonly hash: string
  /** Length of the body without a coding, in bytes. */
  readonly bytes: number
  /** Body and headers in one coding; the compressed ones are made when first asked for, then kept. */
  variant(coding: Coding): Variant
  /** Makes the compressed bodies on the thread pool, so that no request has to wait for them. */
  compress(): Promise<void>
}

export interface Variant {
  readonly tag: string
  readonly body: Buffer
  /** Names and values in turn, as `writeHead` takes them fastest. */
  readonly okHeaders: readonly string[]
  readonly notModifiedHeaders: readonly string[]
}

export interface RepresentationParts {
  readonly body: string | Uint8Array
  readonly type: string
  /** Or what says it once the hash of the body is known. HTTP dates have whole seconds: what is finer is cut. */
  readonly lastModified: Date | ((hash: string) => Date)
  readonly cacheControl?: string
  /** More headers of 200 and 304 alike, such as Link. */
  readonly headers?: Readonly<Record<string, string>>
}

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

/** Above 5 each step costs twice the time for one part in a hundred. */
const brotliQuality = 5
const gzipLevel = 6
/** For other sites' scripts a feed is as public as for anybody; nothing here depends on who asks. */
const commonHeaders = ['Vary', 'Accept-Encoding', 'X-Content-Type-Options', 'nosniff', 'Access-Control-Allow-Origin', '*']

const tagSuffix: Readonly<Record<Coding, string>> = { identity: '', gzip: '-gz', br: '-br' }

export function makeRepresentation(parts: RepresentationParts): Representation {
  const identity = typeof parts.body === 'string' ? Buffer.from(parts.body) : Buffer.from(parts.body)
  const digest = hash('sha256', identity, 'base64url').slice(0, 22)
  const date = parts.lastModified instanceof Date ? parts.lastModified : parts.lastModified(digest)
  const lastModified = new Date(Math.floor(date.getTime() / 1000) * 1000)
  const tags = {
    identity: `"${digest}${tagSuffix.identity}"`,
    gzip: `"${digest}${tagSuffix.gzip}"`,
    br: `"${digest}${tagSuffix.br}"`,
  }
  const variants = new Map<Coding, Variant>()

  function keep(coding: Coding, body: Buffer): Variant {
    const validators = [
      'ETag',
      tags[coding],
      'Last-Modified',
      lastModified.toUTCString(),
      'Cache-Control',
      parts.cacheControl ?? 'public, max-age=60',
      ...commonHeaders,
      ...Object.entries(parts.headers ?? {}).flat(),
    ]
    const variant: Variant = {
      tag: tags[coding],
      body,
      okHeaders: [
        'Content-Type',
        parts.type,
        'Content-Length',
        String(body.length),
        ...(coding === 'identity' ? [] : ['Content-Encoding', coding]),
        ...validators,
      ],
      notModifiedHeaders: validators,
    }
    variants.set(coding, variant)
    return variant
  }

  keep('identity', identity)
  return {
    hash: digest,
    lastModified,
    tags,
    bytes: identity.length,
    variant: (coding) =>
      variants.get(coding) ??
      keep(coding, coding === 'gzip' ? gzipSync(identity, gzipOptions) : brotliCompressSync(identity, brotliOptions(identity))),
    async compress() {
      if (!variants.has('gzip')) keep('gzip', await gzipAsync(identity, gzipOptions))
      if (!variants.has('br')) keep('br', await brotliAsync(identity, brotliOptions(identity)))
    },
  }
}

const gzipOptions = { level: gzipLevel }

function brotliOptions(body: Buffer) {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  }
}

/** The hash in an entity tag of ours, whatever its coding and whether a proxy weakened it. */
export function hashOfTag(tag: string): string | undefined {
  return /^(?:W\/)?"([\w-]{22})(?:-gz|-br)?"$/.exec(tag)?.[1]
}

/**
 * Answers GET and HEAD with 200, 304 or 412 as the request's conditions say (RFC 9110 §13), any other method with 405.
 * Bare node:http: it works before Express as well as inside a handler.
 */
export function answer(request: IncomingMessage, response: ServerResponse, representation: Representation): void {
  const { method, headers } = request
  if (method !== 'GET' && method !== 'HEAD') {
    void refuseMethod(response, ['GET', 'HEAD'], () => {
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.end('This address can only be read: GET or HEAD.\n')
    })
    return
  }
  const variant = representation.variant(chooseCoding(headers['accept-encoding']))
  const outcome = evaluatePreconditions(headers, variant.tag, representation)
  if (outcome.status === 200) {
    response.writeHead(200, variant.okHeaders as string[])
    if (method === 'HEAD') response.end()
    else response.end(variant.body)
    return
  }
  if (outcome.status === 304) {
    const { tag } = outcome
    response.writeHead(
      304,
      (tag === variant.tag ? variant.notModifiedHeaders : ['ETag', tag, ...variant.notModifiedHeaders.slice(2)]) as string[],
    )
  } else response.writeHead(412, ['Content-Length', '0'])
  response.end()
}
