import { z } from 'zod'
import { articleShape } from '../../digests/issue/article-json.ts'
import { issueShape } from '../../digests/issue/issue-json.ts'
import { noteBody } from '../../digests/notes/note-body.ts'
import { noteStateShape } from '../../digests/notes/note-state-json.ts'
import { noteShape } from '../../digests/notes/write-note.ts'
import { operatorShape, tokenShape } from '../../operators/operator-json.ts'
import { sendingShape } from '../../outbox/sending-json.ts'
import { subscriberShape } from '../../subscribers/subscriber-json.ts'
import { webhookDeliveryShape } from '../../webhooks/delivery.ts'
import { endpointShape } from '../../webhooks/endpoint.ts'
import type { Answer, Operation } from './operation.ts'

type Schema = Record<string, unknown>

/** Problem details (RFC 9457), as every error is. */
export const problemShape = z.object({
  type: z.string(),
  status: z.int(),
  title: z.string(),
  detail: z.string().describe('What is wrong with this request'),
  errors: z
    .array(z.object({ field: z.string(), reason: z.string() }))
    .optional()
    .describe('Which fields are wrong'),
})

/** Names of shapes that more than one call has. Clients get types of these names, so they stay. */
const namedAnswers = {
  Article: articleShape,
  Issue: issueShape,
  Note: noteShape,
  NoteState: noteStateShape,
  Operator: operatorShape,
  Problem: problemShape,
  Sending: sendingShape,
  Subscriber: subscriberShape,
  Token: tokenShape,
  Webhook: endpointShape,
  WebhookDelivery: webhookDeliveryShape,
}
const namedRequests = { NoteRequest: noteBody }

/** The description of the API: OpenAPI 3.1, written from what validates requests and types answers. `server` is the address of `/api/v1`. */
export function describeApi(operations: readonly Operation[], server: string): object {
  const requests = z.registry<{ id: string }>()
  const answers = z.registry<{ id: string }>()
  for (const [id, shape] of Object.entries(namedRequests)) requests.add(shape, { id })
  for (const [id, shape] of Object.entries(namedAnswers)) answers.add(shape, { id })
  const paths: Record<string, Schema> = {}
  for (const operation of operations) {
    const [method = '', pattern = ''] = operation.call.split(' ')
    const path = pattern.replace(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][method.toLowerCase()] = describe(operation, requests, answers)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Broadsheet',
      version: '1',
      description: 'New fields may be added to answers, and new values to texts. What is here stays.',
    },
    servers: [{ url: server }],
    security: [{ token: [] }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token of an operator, or ADMIN_TOKEN' } },
      schemas: { ...schemasOf(requests, 'input'), ...schemasOf(answers, 'output') },
    },
  }
}

type Registry = ReturnType<typeof z.registry<{ id: string }>>

const text = { schema: { type: 'string' } }
const refTo = (id: string) => `#/components/schemas/${id}`

function schemasOf(registry: Registry, io: 'input' | 'output'): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(registry, { io, uri: refTo, target: 'draft-2020-12' })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, tidy(schema as Schema, io) as Schema]))
}

/** Without marks of a file of its own. Answers may get more fields, so theirs are not closed. */
function tidy(value: unknown, io: 'input' | 'output'): unknown {
  if (Array.isArray(value)) return value.map((one) => tidy(one, io))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => key !== '$schema' && key !== '$id' && !(key === 'additionalProperties' && one === false && io === 'output'))
      .map(([key, one]) => [key, tidy(one, io)]),
  )
}

/** A reference to the shape, which gets the name `id` unless it has one. */
function refOf(registry: Registry, shape: z.ZodType, id: string): Schema {
  if (!registry.has(shape)) registry.add(shape, { id })
  return { $ref: refTo(registry.get(shape)?.id ?? id) }
}

function describe(operation: Operation, requests: Registry, answers: Registry): Schema {
  const { id, summary, description, scope, body } = operation
  const name = id.charAt(0).toUpperCase() + id.slice(1)
  const isFile = body !== undefined && 'file' in body
  return {
    operationId: id,
    tags: [tagOf(operation)],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(scope === null ? { security: [] } : { 'x-scope': scope }),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body === undefined
      ? {}
      : {
          requestBody: isFile
            ? { description: body.description, required: true, content: Object.fromEntries(body.file.map((type) => [type, text])) }
            : {
                required: operation.isBodyOptional !== true,
                content: { 'application/json': { schema: refOf(requests, body, `${name}Request`) } },
              },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [status, describeAnswer(answer, answers, `${name}Answer`)]),
      ),
      ...Object.fromEntries(
        Object.entries(errorsOf(operation)).map(([status, words]) => [
          status,
          describeError(operation, Number(status), words, answers, name),
        ]),
      ),
    },
  }
}

const usualNames: Readonly<Record<string, string>> = {
  slug: 'The slug of the article',
  name: 'The name of the digest',
  delivery: 'The id of the delivery',
}

function tagOf({ call, scope }: Operation): string {
  return scope === null ? 'description' : (/\/(\w+)/.exec(call)?.[1] ?? '')
}

function pathParameters(operation: Operation): Schema[] {
  return [...operation.call.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: usualNames[name] ?? `The id of the ${tagOf(operation).replace(/s$/, '')}`,
    schema: { type: 'string' },
  }))
}

function queryParameters({ query }: Operation): Schema[] {
  if (!query) return []
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input' })
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as Schema
    const isList = rest.type === 'array'
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      ...(isList ? { style: 'form', explode: true } : {}),
      schema: rest,
    }
  })
}

function headerParameters({ ifMatch }: Operation): Schema[] {
  if (ifMatch === undefined) return []
  const words = ifMatch === 'required' ? '* replaces any' : 'without it, the change is made in any case'
  return [
    {
      name: 'If-Match',
      in: 'header',
      required: ifMatch === 'required',
      description: `The ETag that the change is based on; ${words}`,
      schema: { type: 'string' },
    },
  ]
}

function describeAnswer({ description, shape, types = [], headers = [] }: Answer, answers: Registry, name: string): Schema {
  const content = {
    ...(shape ? { 'application/json': { schema: refOf(answers, shape, name) } } : {}),
    ...Object.fromEntries(types.map((type) => [type, text])),
  }
  return {
    description,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers.map((one) => [one, { description: headerWords[one], ...text }])) } : {}),
    ...(Object.keys(content).length > 0 ? { content } : {}),
  }
}

const headerWords = { ETag: 'For If-Match', Location: 'The address of the thing' } as const

function describeError({ problems = {} }: Operation, status: number, description: string, answers: Registry, name: string): Schema {
  if (status === 304) return { description }
  const more = problems[status]
  if (more && !extended.has(more)) extended.set(more, problemShape.extend(more.shape))
  const shape = more ? (extended.get(more) as z.ZodType) : problemShape
  const schema = refOf(answers, shape, `${name}Problem`)
  const header = errorHeaders[status]
  return {
    description,
    ...(header === undefined ? {} : { headers: { [header]: text } }),
    content: { 'application/problem+json': { schema } },
  }
}

const errorHeaders: Readonly<Record<number, string>> = { 401: 'WWW-Authenticate', 403: 'WWW-Authenticate', 429: 'Retry-After' }

/** Problems with further fields: one shape for all calls that share them. */
const extended = new WeakMap<z.ZodObject, z.ZodObject>()

/** All errors of a call by status, those included that many share. */
export function errorsOf(operation: Operation): Record<string, string> {
  const { call, scope, query, body, ifMatch, errors = {}, answers } = operation
  const isRead = call.startsWith('GET ')
  const isFile = body !== undefined && 'file' in body
  const isJson = Object.values(answers).some(({ shape }) => shape !== undefined)
  return {
    ...(isRead && isJson ? { 304: 'If-None-Match names the ETag of the answer' } : {}),
    ...(call.includes(':') || !(isRead || isFile) ? { 400: 'The address or the body cannot be read' } : {}),
    ...(scope === null
      ? {}
      : {
          401: 'The token is missing or wrong',
          403: `The token lacks the scope ${scope}`,
          429: 'Too many wrong tokens came from this network; Retry-After says how long to wait',
        }),
    ...(isRead || isFile ? {} : { 413: 'The body is longer than 100 kB', 415: 'The body is not JSON' }),
    ...(query || !isRead ? { 422: 'A field or parameter is wrong; errors names it' } : {}),
    ...(ifMatch === undefined ? {} : { 412: 'Somebody else changed it' }),
    ...(ifMatch === 'required' ? { 428: 'If-Match is missing' } : {}),
    ...errors,
    '5XX': 'Something went wrong here; the call may be repeated',
  }
}
