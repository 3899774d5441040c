import { type RequestHandler, urlencoded } from 'express'

/** Far above what the longest of our forms holds. */
export const readForm = urlencoded({ extended: false, limit: '20kb' })

/** For forms of which no field is needed: a body that cannot be read is no body. */
export const readAnyForm: RequestHandler = (request, response, next) => readForm(request, response, () => next())

/** The value of a field that is there once; '' where it is not there. */
export function oneOf(body: unknown, field: string): string {
  return allOf(body, field)[0] ?? ''
}

/** All values of a field, as checkboxes give them. */
export function allOf(body: unknown, field: string): string[] {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return []
  const value: unknown = (body as Record<string, unknown>)[field]
  return [value].flat().filter((one) => typeof one === 'string')
}
