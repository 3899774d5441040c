import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import type { CallOptions, DescribedCall, OpenApi } from '../../support/api-client.ts'
import { articleText } from '../../support/content.ts'
import type { Engine } from '../../support/databases.ts'
import { type DescribedApi, startDescribedApi } from './described-api.ts'

type Schema = Readonly<Record<string, unknown>>

/** Calls with side effects outside of the database, and those that end what the others need. */
const left: readonly string[] = ['testWebhook', 'eraseSubscriber', 'removeWebhook', 'removeOperator']

describe.each<Engine>(['sqlite', 'postgres'])('on %s', (engine) => {
  test('whatever is sent, a call answers with a status that is described, and never with 500', { timeout: 300_000 }, async () => {
    await using api = await startDescribedApi({ engine, articles: { 'tides.md': articleText({ title: 'Tides' }) } })
    const names = await someNames(api)
    for (const call of api.client.calls) {
      if (left.includes(call.operationId)) continue
      await fc.assert(
        fc.asyncProperty(requestFor(api.document, call, names), async (request) => {
          const { status } = await api.client.call(call.operationId, { ...request, isFaulty: true } as CallOptions)
          expect(status).toBeLessThan(500)
        }),
        { numRuns: 12, interruptAfterTimeLimit: 20_000 },
      )
    }
  })
})

/** One of each thing, so that some calls find what they name. */
async function someNames({ client: { call }, world }: DescribedApi): Promise<string[]> {
  const subscriber = await call('addSubscriber', { body: { email: 'ann@example.org', digests: ['weekly'] } })
  const issue = await call('createIssue', { path: { name: 'weekly' } })
  await runDue(world.app.digests)
  return [subscriber.body.id, issue.body.id, 'weekly', 'tides']
}

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' }), fc.constantFrom('\0', "'", '%', '_', '🌊'))

function requestFor(document: OpenApi, call: DescribedCall, names: readonly string[]) {
  const named = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text })
  // An empty name, and names of dots, would be another address.
  const segment = named.filter((name) => !/^\.{0,2}$/.test(name)).map(encodeURIComponent)
  const of = (place: string) => call.parameters.filter((one) => one.in === place)
  const path = fc.record(Object.fromEntries(of('path').map(({ name }) => [name, segment])))
  const query = fc.record(
    Object.fromEntries(
      of('query').map(({ name, schema }) => [name, fc.oneof(fc.array(text, { maxLength: 2 }), written(valid(document, schema)))]),
    ),
    { requiredKeys: [] },
  )
  const tag = fc.constantFrom('*', '"other"', 'W/"weak"', 'no tag', '"a", "b"')
  const headers = fc.record(Object.fromEntries(of('header').map(({ name }) => [name, tag])), { requiredKeys: [] })
  const schema = Object.values(call.requestBody?.content ?? {})[0]?.schema
  if (!schema) return fc.record({ path, query, headers })
  const isJson = 'application/json' in (call.requestBody?.content ?? {})
  const body = isJson ? fc.oneof({ weight: 4, arbitrary: valid(document, schema) }, { weight: 1, arbitrary: fc.jsonValue() }) : text
  return fc.record({ path, query, headers, body })
}

function written(values: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return values.map((value) => (typeof value === 'string' ? value : String(value)))
}

/** Values that a schema of this API allows; of strings, whatever has the right length. */
function valid(document: OpenApi, schema: Schema): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return valid(document, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] as Schema)
  const choices = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined
  if (choices) return fc.oneof(...choices.map((one) => valid(document, one)))
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, one]) => [name, valid(document, one)]),
        ),
        { requiredKeys: (schema.required ?? []) as string[] },
      )
    case 'array':
      return fc.array(valid(document, schema.items as Schema), { minLength: (schema.minItems as number) ?? 0, maxLength: 3 })
    case 'integer':
      return fc.integer({ min: (schema.minimum as number) ?? -10, max: Math.min((schema.maximum as number) ?? 2_000, 2_000) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return Array.isArray(schema.type)
        ? fc.oneof(fc.constant(null), text)
        : fc.oneof(text, fc.constantFrom('weekly', 'ann@example.org', 'craft'))
  }
}
