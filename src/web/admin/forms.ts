import type { Request, Response } from 'express'
import { localPath } from '../../publication/urls.ts'
import { type DeskContext, words } from './desk-page.ts'

/** A field of a posted form; empty if it is missing or was sent more than once. Without U+0000, which PostgreSQL does not store. */
export function textIn(request: { readonly body?: unknown }, name: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value.replaceAll('\0', '') : ''
}

/** A field of a posted form that may come several times. */
export function textsIn(request: { readonly body?: unknown }, name: string): string[] {
  const value = (request.body as Record<string, unknown> | undefined)?.[name]
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}

/** Leads from a form to the page that says what was done, so that a reload posts nothing again (RFC 9110 §15.4.4). */
export function redirectDone(desk: DeskContext, response: Response, path: string, done: string): void {
  response.redirect(303, `${localPath(desk.publication(), path)}?done=${done}`)
}

/** The sentence `desk.PAGE.done.KEY` for a key of the address. Only known keys are read, so no link puts words on a page. */
export function doneWords(desk: DeskContext, request: Pick<Request, 'query'>, page: string, known: readonly string[]): string | undefined {
  const done = known.find((one) => one === request.query.done)
  return done === undefined ? undefined : words(desk, `${page}.done.${done}`)
}
