import { type RequestHandler, Router } from 'express'
import type { z } from 'zod'
import type { Scope } from '../../operators/roles.ts'
import { requireScope } from './authorize.ts'
import { refuseFields } from './request.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What one call of the API takes and answers. OpenAPI and the reference page are written from it. */
export interface Operation<Call extends string = string> {
  /** `operationId`: unique, and it stays, because generated clients name their functions after it. */
  readonly id: string
  /** Method and Express pattern, such as `GET /issues/:id`. */
  readonly call: Call
  /** Null: no token is needed. */
  readonly scope: Scope | null
  readonly summary: string
  /** Further sentences, in plain text. */
  readonly description?: string
  readonly query?: z.ZodObject
  /** JSON that it takes, or the media types of a file. Absent: it takes no fields, and some are refused with 422. */
  readonly body?: z.ZodType | { readonly file: readonly string[]; readonly description: string }
  /** Whether the call works without its body. */
  readonly isBodyOptional?: true
  /** Whether it looks at `If-Match`: with 412 if the entity tag differs, and with `required` 428 if there is none. */
  readonly ifMatch?: 'optional' | 'required'
  /** Outcomes that are no error, by status. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Errors of its own, by status, with when they occur. Errors that all calls share are added (openapi.ts). */
  readonly errors?: Readonly<Record<number, string>>
  /** Fields that a problem has in addition, by status. */
  readonly problems?: Readonly<Record<number, z.ZodObject>>
}

export interface Answer {
  readonly description: string
  /** Absent: there is no body, or `types` says what it is. */
  readonly shape?: z.ZodType
  /** Media types of an answer that is not, or not only, JSON. */
  readonly types?: readonly string[]
  readonly headers?: readonly ('ETag' | 'Location')[]
}

/** The names in a pattern, as Express hands them to handlers. */
type NamesIn<Call extends string> = Call extends `${string}/:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? { readonly [Key in Name]: string } & NamesIn<`/${More}`>
    : { readonly [Key in Rest]: string }
  : Record<never, string>

export interface Operations {
  /** Registers a route and describes it: there is no other way to add one, so each is in the description. */
  add<Call extends `${Method} /${string}`>(operation: Operation<Call>, handle: RequestHandler<NamesIn<Call>>): void
}

/** The routes of the API with their descriptions, in the order in which they were added. */
export class DescribedRoutes implements Operations {
  readonly router = Router()
  readonly described: Operation[] = []

  add<Call extends `${Method} /${string}`>(operation: Operation<Call>, handle: RequestHandler<NamesIn<Call>>): void {
    const [method = '', path = ''] = operation.call.split(' ')
    const route = this.router.route(path)
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
    if (operation.scope !== null) route[verb](requireScope(operation.scope) as RequestHandler)
    if (operation.body === undefined && method !== 'GET') route[verb](refuseFields)
    route[verb](handle as unknown as RequestHandler)
    this.described.push(operation)
  }
}
