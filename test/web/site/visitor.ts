import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import express, { type Router } from 'express'
import { openPages, type Pages } from '../../../src/platform/pages.ts'
import { siteRoutes } from '../../../src/web/site/routes.ts'
import { WrittenPages } from '../../../src/web/site/written-pages.ts'
import { quietLog } from '../../support/quiet.ts'
import { startWorld, type World } from '../../support/world.ts'

export interface Visit {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** What a reader sees of it, on one line. */
  readonly words: string
}

export interface Visitor {
  readonly origin: string
  get(path: string, headers?: Record<string, string>): Promise<Visit>
  /** As a form does it; `fields` may name one several times. */
  post(path: string, fields: readonly (readonly [string, string])[], headers?: Record<string, string>): Promise<Visit>
  send(path: string, init: RequestInit): Promise<Visit>
}

export interface Site extends Visitor, AsyncDisposable {
  readonly world: World
}

/** The public pages over the real app, on real HTTP. */
export async function startSite(options: Parameters<typeof startWorld>[0] & { notice?: string; pages?: Pages } = {}): Promise<Site> {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld(options))
  const visitor = parts.use(await serve({ '/': publicRoutes(world, options.notice, options.pages) }))
  const owned = parts.move()
  return { world, ...visitor, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export function publicRoutes(
  { app, published }: World,
  notice: string | undefined,
  pages: Pages = openPages(resolve('templates')),
): Router {
  const publication = () => app.publication.current()
  const articles = () => app.articles.current()
  return siteRoutes({
    publication,
    articles,
    written: new WrittenPages(publication, articles),
    findArticle: (slug) => app.articles.find(slug),
    subscribers: app.subscribers,
    onSignUp: () => app.signUpProcessing.trigger(),
    digests: app.digests,
    followed: app.followed,
    pages,
    messages: app.messages,
    log: quietLog,
    feedLinks: (scope) => published.feeds.links(scope),
    notice: () => notice,
  })
}

/** Mounts routes by place, in this order, and visits them over HTTP. Redirects are not followed. */
export async function serve(mounts: Readonly<Record<string, Router>>): Promise<Visitor & AsyncDisposable> {
  const app = express()
  for (const [place, routes] of Object.entries(mounts)) app.use(place, routes)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send = async (path: string, init: RequestInit): Promise<Visit> => {
    const response = await fetch(origin + path, { redirect: 'manual', ...init })
    const body = await response.text()
    return { status: response.status, headers: response.headers, body, words: wordsOf(body) }
  }
  return {
    origin,
    send,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, fields, headers = {}) => send(path, { method: 'POST', headers, body: formOf(fields) }),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function formOf(fields: readonly (readonly [string, string])[]): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of fields) form.append(name, value)
  return form
}

function wordsOf(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
