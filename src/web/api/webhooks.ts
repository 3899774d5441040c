import type { Response, Router } from 'express'
import { z } from 'zod'
import { paths } from '../../publication/urls.ts'
import type { WebhooksContext } from '../../webhooks/context.ts'
import { pageOfDeliveries, replayDelivery, sendTest } from '../../webhooks/deliveries.ts'
import { webhookDeliveryJson } from '../../webhooks/delivery.ts'
import { endpointJson } from '../../webhooks/endpoint.ts'
import {
  addEndpoint,
  changeEndpoint,
  findEndpoint,
  maxEndpoints,
  pageOfEndpoints,
  removeEndpoint,
  rotateSecret,
} from '../../webhooks/endpoints.ts'
import { eventTypes } from '../../webhooks/event.ts'
import { apiActor, requireScope } from './authorize.ts'
import { cutPage } from './paging.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody, readNoFields, readPage } from './request.ts'

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

/** Webhooks out: endpoints, their secrets, and the log of deliveries with replay and test. */
export function addWebhooks(routes: Router, webhooks: WebhooksContext): void {
  routes.get('/webhooks', requireScope('admin'), async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const { shown, next } = cutPage(
      await pageOfEndpoints(webhooks, { after: page.cursor, limit: page.limit + 1 }),
      page.limit,
      ({ id }) => id,
    )
    response.json({ items: shown.map((endpoint) => endpointJson(endpoint)), next })
  })

  routes.post('/webhooks', requireScope('admin'), async (request, response) => {
    const body = readBody(endpointBody, request, response)
    if (!body) return
    const { enabled, ...rest } = body
    const added = await addEndpoint(webhooks, { ...rest, isEnabled: enabled }, apiActor(response))
    if (added.status === 'invalid') return unprocessable(response, added.field, added.reason)
    if (added.status === 'full') return conflict(response, 'Too many webhooks', `there are ${maxEndpoints} already: remove one first`)
    response.status(201).location(paths.apiWebhook(added.endpoint.id)).json(endpointJson(added.endpoint, added.secret))
  })

  routes.get('/webhooks/:id', requireScope('admin'), async (request, response) => {
    const found = await findEndpoint(webhooks, request.params.id)
    if (found) response.json(endpointJson(found))
    else unknownWebhook(response, request.params.id)
  })

  routes.patch('/webhooks/:id', requireScope('admin'), async (request, response) => {
    const body = readBody(changeBody, request, response)
    if (!body) return
    const { enabled, ...rest } = body
    const changed = await changeEndpoint(webhooks, request.params.id, { ...rest, isEnabled: enabled }, apiActor(response))
    if (!changed) return unknownWebhook(response, request.params.id)
    if ('status' in changed) return unprocessable(response, changed.field, changed.reason)
    response.json(endpointJson(changed))
  })

  routes.delete('/webhooks/:id', requireScope('admin'), async (request, response) => {
    if (await removeEndpoint(webhooks, request.params.id, apiActor(response))) response.status(204).end()
    else unknownWebhook(response, request.params.id)
  })

  routes.post('/webhooks/:id/rotate', requireScope('admin'), async (request, response) => {
    if (!readNoFields(request, response)) return
    const rotated = await rotateSecret(webhooks, request.params.id, apiActor(response))
    if (rotated) response.json(endpointJson(rotated.endpoint, rotated.secret))
    else unknownWebhook(response, request.params.id)
  })

  routes.post('/webhooks/:id/test', requireScope('admin'), async (request, response) => {
    if (!readNoFields(request, response)) return
    const delivery = await sendTest(webhooks, request.params.id, apiActor(response))
    if (delivery) response.json(webhookDeliveryJson(delivery))
    else unknownWebhook(response, request.params.id)
  })

  routes.get('/webhooks/:id/deliveries', requireScope('admin'), async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const found = await pageOfDeliveries(webhooks, request.params.id, { before: page.cursor, limit: page.limit + 1 })
    if (!found) return unknownWebhook(response, request.params.id)
    const { shown, next } = cutPage(found, page.limit, ({ id }) => id)
    response.json({ items: shown.map(webhookDeliveryJson), next })
  })

  routes.post('/webhooks/:id/deliveries/:delivery/replay', requireScope('admin'), async (request, response) => {
    if (!readNoFields(request, response)) return
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
