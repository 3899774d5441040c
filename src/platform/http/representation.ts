import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib'
import { type Coding, chooseCoding } from './accept-encoding.ts'
import { refuseMethod } from './method-not-allowed.ts'
import { evaluatePreconditions, type Validators } from './preconditions.ts'

/** A resource at one moment, which can be sent any number of times. */
export interface Representation extends Validators {
  /** Hash of the body, stable across restarts. The entity tags contain it. */
  readonly hash: string
  /** Length of the uncompressed body in bytes. */
  readonly bytes: number
  /** Body and headers in one coding. Compressed bodies are created on first use and cached. */
  variant(coding: Coding): Variant
  /** Creates the compressed bodies on the thread pool, so that no request waits for them. */
  compress(): Promise<void>
}

export interface Variant {
  readonly tag: string
  readonly body: Buffer
  /** Names and values alternate, the fastest form for `writeHead`. */
  readonly okHeaders: readonly string[]
  readonly notModifiedHeaders: readonly string[]
}

export interface RepresentationParts {
  readonly body: string | Uint8Array
  readonly type: string
  /** A date, or a function of the hash of the body. Undefined if a date cannot tell two bodies apart. HTTP dates have whole seconds, so the rest is cut off. */
  readonly lastModified: Date | ((hash: string) => Date) | undefined
  readonly cacheControl?: string
  /** Whether it is a page, which scripts of other sites may not read. */
  readonly isPage?: boolean
  /** Further headers of 200 and 304, such as Link. */
  readonly headers?: Readonly<Record<string, string>>
}

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

/** Above 5, each step doubles the time and saves 1 % in size. */
const brotliQuality = 5
const gzipLevel = 6
/** Feeds are public: scripts of other sites may read them, and no response depends on the requester. */
const feedHeaders = { 'X-Content-Type-Options': 'nosniff', 'Access-Control-Allow-Origin': '*' }

const tagSuffix: Readonly<Record<Coding, string>> = { identity: '', gzip: '-gz', br: '-br' }

export function makeRepresentation(parts: RepresentationParts): Representation {
  const identity = typeof parts.body === 'string' ? Buffer.from(parts.body) : Buffer.from(parts.body)
  const digest = hash('sha256', identity, 'base64url').slice(0, 22)
  const date = typeof parts.lastModified === 'function' ? parts.lastModified(digest) : parts.lastModified
  const lastModified = date && new Date(Math.floor(date.getTime() / 1000) * 1000)
  const tags = {
    identity: `"${digest}${tagSuffix.identity}"`,
    gzip: `"${digest}${tagSuffix.gzip}"`,
    br: `"${digest}${tagSuffix.br}"`,
  }
  const variants = new Map<Coding, Variant>()

  function addVariant(coding: Coding, body: Buffer): Variant {
    const validators = [
      'ETag',
      tags[coding],
      ...(lastModified ? ['Last-Modified', lastModified.toUTCString()] : []),
      'Cache-Control',
      parts.cacheControl ?? 'public, max-age=60',
      'Vary',
      'Accept-Encoding',
      ...Object.entries({ ...(parts.isPage ? {} : feedHeaders), ...parts.headers }).flat(),
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

  addVariant('identity', identity)
  return {
    hash: digest,
    lastModified,
    tags,
    bytes: identity.length,
    variant: (coding) =>
      variants.get(coding) ??
      addVariant(coding, coding === 'gzip' ? gzipSync(identity, gzipOptions) : brotliCompressSync(identity, brotliOptions(identity))),
    async compress() {
      if (!variants.has('gzip')) addVariant('gzip', await gzipAsync(identity, gzipOptions))
      if (!variants.has('br')) addVariant('br', await brotliAsync(identity, brotliOptions(identity)))
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

/** The hash in one of our entity tags, with any coding, also if a proxy made it weak. */
export function hashOfTag(tag: string): string | undefined {
  return /^(?:W\/)?"([\w-]{22})(?:-gz|-br)?"$/.exec(tag)?.[1]
}

/**
 * Answers GET and HEAD with 200, 304 or 412 according to the conditions (RFC 9110 §13), and any other method with 405.
 * Uses plain node:http, so it works before Express and inside a handler.
 */
export function answer(request: IncomingMessage, response: ServerResponse, representation: Representation): void {
  const { method, headers } = request
  if (method !== 'GET' && method !== 'HEAD') {
    void refuseMethod(response, ['GET', 'HEAD'], () => {
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.end('Method not allowed: use GET or HEAD.\n')
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
