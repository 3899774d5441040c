import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Snapshot } from '../../articles/article.ts'
import { chooseCoding } from '../../platform/http/accept-encoding.ts'
import { answer, makeRepresentation, type Representation } from '../../platform/http/representation.ts'
import { LruCache } from '../../platform/lru-cache.ts'
import type { Publication } from '../../publication/publication.ts'

/** Bytes of pages before compression. Compressed bodies add about a third. */
const maxBytes = 8 * 1024 * 1024

/**
 * Pages that depend on the articles and the publication only. Each is written and compressed once for a snapshot, on the first request.
 * The key is the path of the page in its canonical form, so that nobody can fill the cache with other spellings.
 */
export class WrittenPages {
  readonly #publication: () => Publication
  readonly #articles: () => Snapshot
  #publicationOfPages: Publication | undefined
  #articlesOfPages: Snapshot | undefined
  #pages = new LruCache<string, Representation>(maxBytes)
  #inWork = new Map<string, Promise<Representation>>()

  constructor(publication: () => Publication, articles: () => Snapshot) {
    this.#publication = publication
    this.#articles = articles
  }

  /** Answers a GET or HEAD for a page that is written. Returns `false` and does nothing for all others. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    this.#forgetOld()
    const page = this.#pages.get(request.url ?? '/')
    if (!page) return false
    answer(request, response, page)
    return true
  }

  /** Answers with the page at `path`. `write` is called where there is none, or where it is out of date. */
  async send(request: IncomingMessage, response: ServerResponse, path: string, write: () => Promise<WrittenPage>): Promise<void> {
    this.#forgetOld()
    answer(request, response, this.#pages.get(path) ?? (await this.#write(request, response, path, write)))
  }

  #write(request: IncomingMessage, response: ServerResponse, path: string, write: () => Promise<WrittenPage>): Promise<Representation> {
    const known = this.#inWork.get(path)
    if (known) return known
    const pages = this.#pages
    const inWork = this.#inWork
    const headers = headersOf(response)
    const work = write()
      .then(async ({ body, type, cacheControl }) => {
        const page = makeRepresentation({ body, type, lastModified: undefined, cacheControl, isPage: true, headers })
        if (chooseCoding(request.headers['accept-encoding']) !== 'identity') await page.compress()
        pages.set(path, page, page.bytes)
        return page
      })
      .finally(() => inWork.delete(path))
    inWork.set(path, work)
    return work
  }

  #forgetOld(): void {
    const [publication, articles] = [this.#publication(), this.#articles()]
    if (publication === this.#publicationOfPages && articles === this.#articlesOfPages) return
    this.#publicationOfPages = publication
    this.#articlesOfPages = articles
    this.#pages = new LruCache(maxBytes)
    this.#inWork = new Map()
  }
}

export interface WrittenPage {
  readonly body: string
  readonly type: string
  readonly cacheControl: string
}

/** Headers that the route has set, such as Content-Security-Policy. A page that is answered before Express has them too. */
function headersOf(response: ServerResponse): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of response.getHeaderNames()) {
    const value = response.getHeader(name)
    if (value !== undefined && name !== 'cache-control') headers[name] = String(value)
  }
  return headers
}
