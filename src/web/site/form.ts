import { type RequestHandler, urlencoded } from 'express'

/** The limit is far above our longest form. */
export const readForm = urlencoded({ extended: false, limit: '20kb' })

/** For forms whose fields are all optional: an unreadable body counts as empty. */
export const readAnyForm: RequestHandler = (request, response, next) => readForm(request, response, () => next())

/** The first value of a field; '' if it is missing. */
export function firstOf(body: unknown, field: string): string {
  return allOf(body, field)[0] ?? ''
}

/** All values of a field, such as checkboxes. */
export function allOf(body: unknown, field: string): string[] {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return []
  const value: unknown = (body as Record<string, unknown>)[field]
  return [value].flat().filter((one) => typeof one === 'string')
}
