import { isIP } from 'node:net'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

type Schema = Readonly<Record<string, unknown>>

interface Content {
  readonly [type: string]: { readonly schema?: Schema }
}

export interface DescribedCall {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly 'x-scope'?: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: Schema }[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content?: Content }>>
}

export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<DescribedCall, 'method' | 'path'>>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface CallOptions {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** JSON, or the text of a file. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Sent on purpose against the description. Otherwise that is an error of the test. */
  readonly isFaulty?: boolean
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape, which the description has checked.
  readonly body: any
}

export interface ApiClient {
  readonly calls: readonly DescribedCall[]
  /** The statuses that each call has answered. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>
  /** Makes a call, and throws if the request or the answer is not as described: status, headers, media type and body. */
  call(operationId: string, options?: CallOptions): Promise<Answered>
}

/** A client written from the description: calls go by their `operationId`. `send` carries them over HTTP. */
export function apiClient(document: OpenApi, send: (path: string, init: RequestInit) => Promise<Response>): ApiClient {
  const calls = callsOf(document)
  const seen = new Map(calls.map(({ operationId }) => [operationId, new Set<string>()]))
  const check = checks(document)
  async function call(operationId: string, options: CallOptions = {}): Promise<Answered> {
    const described = calls.find((one) => one.operationId === operationId)
    if (!described) throw new Error(`there is no operation ${operationId}`)
    if (!options.isFaulty) checkRequest(described, options, check)
    const answer = await send(addressOf(described, options), initOf(described, options))
    const text = await answer.text()
    const response = described.responses[answer.status]
    if (!response) throw new Error(`${operationId}: the status ${answer.status} is not described: ${text.slice(0, 300)}`)
    seen.get(operationId)?.add(String(answer.status))
    for (const header of Object.keys(response.headers ?? {}))
      if (!answer.headers.has(header)) throw new Error(`${operationId} ${answer.status}: the header ${header} is missing`)
    return {
      status: answer.status,
      headers: answer.headers,
      body: bodyOf(`${operationId} ${answer.status}`, response, answer, text, check),
    }
  }
  return { calls, seen, call }
}

export function callsOf({ paths }: OpenApi): DescribedCall[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ ...one, method: method.toUpperCase(), path })),
  )
}

type Check = (schema: Schema, value: unknown, where: string) => void

/** Answers are checked more strictly than the description asks clients to: a field that is not described is an error. */
function checks(document: OpenApi): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addFormat('date-time', (text) => /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)))
  ajv.addFormat('ipv4', (text) => isIP(text) === 4)
  ajv.addFormat('ipv6', (text) => isIP(text) === 6)
  const closed = Object.entries(document.components.schemas).map(([name, schema]) => [
    name,
    name === 'GetOpenApiAnswer' ? schema : close(schema),
  ])
  ajv.addSchema({ components: { schemas: Object.fromEntries(closed) } }, 'api')
  const compiled = new Map<string, ValidateFunction>()
  return (schema, value, where) => {
    const key = JSON.stringify(schema)
    const absolute = JSON.parse(key.replaceAll('"#/components', '"api#/components'))
    const validate = compiled.get(key) ?? ajv.compile(absolute)
    compiled.set(key, validate)
    if (!validate(value)) throw new Error(`${where}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)?.slice(0, 600)}`)
  }
}

function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close)
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, close(one)]))
  return 'properties' in inner && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner
}

function checkRequest({ operationId, parameters, requestBody }: DescribedCall, options: CallOptions, check: Check): void {
  const given = { path: options.path ?? {}, query: options.query ?? {}, header: options.headers ?? {} } as Record<string, object>
  for (const { name, in: place, required, schema } of parameters) {
    const value = (given[place] as Record<string, unknown>)[name]
    if (value !== undefined) check(schema, schema.type === 'integer' ? Number(value) : value, `${operationId}: ${name}`)
    else if (required) throw new Error(`${operationId} needs ${name}`)
  }
  for (const name of Object.keys({ ...options.path, ...options.query }))
    if (!parameters.some((one) => one.name === name)) throw new Error(`${operationId} has no parameter ${name}`)
  if (options.body === undefined) {
    if (requestBody?.required) throw new Error(`${operationId} needs a body`)
  } else if (!requestBody) throw new Error(`${operationId} takes no body`)
  else {
    const schema = Object.values(requestBody.content)[0]?.schema
    if (schema) check(schema, options.body, `${operationId}: body`)
  }
}

function addressOf({ path }: DescribedCall, { path: names = {}, query = {} }: CallOptions): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? name)
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one as string] satisfies [string, string])),
  )
  return search.size > 0 ? `${filled}?${search}` : filled
}

function initOf({ method, requestBody }: DescribedCall, { body, headers = {} }: CallOptions): RequestInit {
  if (body === undefined) return { method, headers }
  const type = Object.keys(requestBody?.content ?? {})[0] ?? 'application/json'
  return {
    method,
    headers: { 'Content-Type': type, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

function bodyOf(where: string, { content }: { readonly content?: Content }, answer: Response, text: string, check: Check): unknown {
  if (!content) {
    if (text !== '') throw new Error(`${where}: has a body, and none is described`)
    return undefined
  }
  const type = answer.headers.get('Content-Type')?.split(';')[0] ?? ''
  const described = content[type]
  if (!described) throw new Error(`${where}: the type ${type} is not described`)
  const body = /[/+]json$/.test(type) ? JSON.parse(text) : text
  if (described.schema) check(described.schema, body, where)
  return body
}
