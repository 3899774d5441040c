import type { Response } from 'express'
import { z } from 'zod'
import { paths } from '../../publication/urls.ts'
import type { WebhooksContext } from '../../webhooks/context.ts'
import { pageOfDeliveries, replayDelivery, sendTest } from '../../webhooks/deliveries.ts'
import { webhookDeliveryJson, webhookDeliveryShape } from '../../webhooks/delivery.ts'
import { type Endpoint, endpointJson, endpointShape, newEndpointShape } from '../../webhooks/endpoint.ts'
import {
  addEndpoint,
  changeEndpointOf,
  findEndpoint,
  maxEndpoints,
  pageOfEndpoints,
  removeEndpoint,
  rotateSecret,
} from '../../webhooks/endpoints.ts'
import { eventTypes } from '../../webhooks/event.ts'
import { gone, listOf } from './answers.ts'
import { apiActor } from './authorize.ts'
import { isAsClientSaw, refuseChanged, sendTagged } from './if-match.ts'
import type { Operations } from './operation.ts'
import { cutPage, pageQuery } from './paging.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody, readPage } from './request.ts'

const types = z.array(z.enum(eventTypes)).min(1).max(eventTypes.length)
const url = z.string().max(2_000)
const description = z.string().max(500)
const endpointBody = z.strictObject({
  url,
  types: types.optional(),
  description: description.optional(),
  enabled: z.boolean().optional(),
})
const changeBody = endpointBody.partial()

const notKnown = { 404: 'Unknown webhook' }
const shared = { scope: 'admin', errors: notKnown } as const
const listOperation = {
  id: 'listWebhooks',
  call: 'GET /webhooks',
  scope: 'admin',
  summary: 'List webhooks, oldest first',
  query: pageQuery,
  answers: { 200: listOf(endpointShape, 'One page of webhooks') },
} as const
const addOperation = {
  id: 'addWebhook',
  call: 'POST /webhooks',
  scope: 'admin',
  summary: 'Add a webhook, and show its secret',
  body: endpointBody,
  answers: { 201: { description: 'The webhook, with the secret', shape: newEndpointShape, headers: ['Location'] } },
  errors: { 409: 'There are too many webhooks', 422: 'A field is wrong, or the address may not be called' },
} as const
const showOperation = {
  ...shared,
  id: 'getWebhook',
  call: 'GET /webhooks/:id',
  summary: 'Show one webhook',
  answers: { 200: { description: 'The webhook', shape: endpointShape, headers: ['ETag'] } },
} as const
const changeOperation = {
  ...shared,
  id: 'changeWebhook',
  call: 'PATCH /webhooks/:id',
  summary: 'Change, enable or disable a webhook; what is not named stays',
  body: changeBody,
  isBodyOptional: true,
  ifMatch: 'optional',
  answers: { 200: { description: 'The webhook', shape: endpointShape, headers: ['ETag'] } },
} as const
const removeOperation = {
  ...shared,
  id: 'removeWebhook',
  call: 'DELETE /webhooks/:id',
  summary: 'Remove a webhook with its log',
  answers: { 204: gone },
} as const
const rotateOperation = {
  ...shared,
  id: 'rotateWebhookSecret',
  call: 'POST /webhooks/:id/rotate',
  summary: 'Make a new secret, and show it; the previous one signs too for 24 hours',
  answers: { 200: { description: 'The webhook, with the secret', shape: newEndpointShape } },
} as const
const testOperation = {
  ...shared,
  id: 'testWebhook',
  call: 'POST /webhooks/:id/test',
  summary: 'Send a test event now',
  answers: { 200: { description: 'What became of it', shape: webhookDeliveryShape } },
} as const
const logOperation = {
  ...shared,
  id: 'listWebhookDeliveries',
  call: 'GET /webhooks/:id/deliveries',
  summary: 'List the deliveries of a webhook, newest first',
  query: pageQuery,
  answers: { 200: listOf(webhookDeliveryShape, 'One page of deliveries') },
} as const
const replayOperation = {
  id: 'replayWebhookDelivery',
  call: 'POST /webhooks/:id/deliveries/:delivery/replay',
  scope: 'admin',
  summary: 'Queue a delivery again',
  answers: { 202: { description: 'The delivery; the attempt is still to be made', shape: webhookDeliveryShape } },
  errors: { 404: 'Unknown webhook or delivery', 409: 'The webhook is disabled, or the delivery is still queued' },
} as const

/** Webhooks out: endpoints, their secrets, and the log of deliveries with replay and test. */
export function addWebhooks(operations: Operations, webhooks: WebhooksContext): void {
  operations.add(listOperation, async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const { shown, next } = cutPage(
      await pageOfEndpoints(webhooks, { after: page.cursor, limit: page.limit + 1 }),
      page.limit,
      ({ id }) => id,
    )
    response.json({ items: shown.map((endpoint) => endpointJson(endpoint)), next })
  })

  operations.add(addOperation, async (request, response) => {
    const body = readBody(endpointBody, request, response)
    if (!body) return
    const { enabled, ...rest } = body
    const added = await addEndpoint(webhooks, { ...rest, isEnabled: enabled }, apiActor(response))
    if (added.status === 'invalid') return unprocessable(response, added.field, added.reason)
    if (added.status === 'full') return conflict(response, 'Too many webhooks', `there are ${maxEndpoints} already: remove one first`)
    response.status(201).location(paths.apiWebhook(added.endpoint.id)).json(endpointJson(added.endpoint, added.secret))
  })

  operations.add(showOperation, async (request, response) => {
    const found = await findEndpoint(webhooks, request.params.id)
    if (found) sendTagged(response, endpointJson(found))
    else unknownWebhook(response, request.params.id)
  })

  operations.add(changeOperation, async (request, response) => {
    const body = readBody(changeBody, request, response)
    if (!body) return
    const { enabled, ...rest } = body
    const isAsShown = isAsClientSaw(request, (endpoint: Endpoint) => endpointJson(endpoint))
    const change = { ...rest, isEnabled: enabled }
    const changed = await changeEndpointOf(webhooks, request.params.id, change, apiActor(response), isAsShown)
    if (changed === 'changed') return refuseChanged(response)
    if (!changed) return unknownWebhook(response, request.params.id)
    if ('status' in changed) return unprocessable(response, changed.field, changed.reason)
    sendTagged(response, endpointJson(changed))
  })

  operations.add(removeOperation, async (request, response) => {
    if (await removeEndpoint(webhooks, request.params.id, apiActor(response))) response.status(204).end()
    else unknownWebhook(response, request.params.id)
  })

  operations.add(rotateOperation, async (request, response) => {
    const rotated = await rotateSecret(webhooks, request.params.id, apiActor(response))
    if (rotated) response.json(endpointJson(rotated.endpoint, rotated.secret))
    else unknownWebhook(response, request.params.id)
  })

  operations.add(testOperation, async (request, response) => {
    const delivery = await sendTest(webhooks, request.params.id, apiActor(response))
    if (delivery) response.json(webhookDeliveryJson(delivery))
    else unknownWebhook(response, request.params.id)
  })

  operations.add(logOperation, async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const found = await pageOfDeliveries(webhooks, request.params.id, { before: page.cursor, limit: page.limit + 1 })
    if (!found) return unknownWebhook(response, request.params.id)
    const { shown, next } = cutPage(found, page.limit, ({ id }) => id)
    response.json({ items: shown.map(webhookDeliveryJson), next })
  })

  operations.add(replayOperation, async (request, response) => {
    const { id, delivery } = request.params
    const replayed = await replayDelivery(webhooks, id, delivery, apiActor(response))
    if (replayed.status === 'unknown') return notFound(response, `there is no delivery ${delivery} of webhook ${id}`)
    if (replayed.status === 'refused') return conflict(response, 'Not replayed', replayed.reason)
    // 202: the attempt is still to be made (RFC 9110 §15.3.3).
    response.status(202).json(webhookDeliveryJson(replayed.delivery))
  })
}

function unknownWebhook(response: Response, id: string): void {
  notFound(response, `there is no webhook ${id}`)
}
