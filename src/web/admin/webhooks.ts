import type { Request, RequestHandler, Response } from 'express'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { pageOfDeliveries, replayDelivery, sendTest } from '../../webhooks/deliveries.ts'
import type { Endpoint } from '../../webhooks/endpoint.ts'
import {
  addEndpoint,
  changeEndpoint,
  findEndpoint,
  maxEndpoints,
  pageOfEndpoints,
  removeEndpoint,
  rotateSecretOf,
} from '../../webhooks/endpoints.ts'
import { eventTypes } from '../../webhooks/event.ts'
import { type DeskContext, markedWords, sendDeskPage, words } from './desk-page.ts'
import { doneWords, redirectDone, textIn, textsIn } from './forms.ts'
import { actorOf } from './signed-in.ts'
import { deliveryValues, type EndpointForm, emptyForm, endpointValues, previousMark, typeChoices } from './webhook-view.ts'

type EndpointRequest = Request<{ id: string }>
type EndpointHandler = RequestHandler<{ id: string }>

/** Lines of the log on one page. */
const perPage = 25
/** As the API allows. */
const maxUrl = 2_000
const maxDescription = 500

/** All endpoints, and a form that adds one. */
export function showWebhooks(desk: DeskContext): RequestHandler {
  return (request, response) => sendList(desk, response, { done: doneWords(desk, request, 'webhooks', ['removed']) })
}

/** Adds an endpoint. The answer shows its secret, once; so it is no redirect. */
export function submitWebhook(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const form = formIn(request)
    const fault = faultOf(desk, form)
    if (fault) return refuse(422, fault)
    const asked = { url: form.url, description: form.description, types: chosenTypes(form) }
    const added = await addEndpoint(desk.webhooks, asked, actorOf(response))
    if (added.status === 'added') {
      response.status(201)
      return sendEndpoint(desk, request, response, added.endpoint, { secret: added.secret })
    }
    if (added.status === 'full') return refuse(409, { field: 'url', text: words(desk, 'webhooks.fault.full', { max: maxEndpoints }) })
    await refuse(422, { field: added.field, text: markedWords(desk, 'webhooks.fault.url', { reason: inEnglish(added.reason) }) })

    async function refuse(status: number, fault: Fault): Promise<void> {
      response.status(status)
      await sendList(desk, response, { form, fault })
    }
  }
}

/** One endpoint with its log. `?before=` is the id of the last delivery of the page before. */
export function showWebhook(desk: DeskContext): EndpointHandler {
  return withEndpoint(desk, (request, response, endpoint) =>
    sendEndpoint(desk, request, response, endpoint, {
      done: doneWords(desk, request, 'webhooks', ['changed', 'enabled', 'disabled', 'tested', 'test_failed', 'replayed']),
    }),
  )
}

/** Changes address, description and types. */
export function submitWebhookChange(desk: DeskContext): EndpointHandler {
  return withEndpoint(desk, async (request, response, endpoint) => {
    const form = formIn(request)
    const fault = faultOf(desk, form)
    if (fault) return refuse(fault)
    const change = { url: form.url, description: form.description, types: chosenTypes(form) }
    const changed = await changeEndpoint(desk.webhooks, endpoint.id, change, actorOf(response))
    if (!changed) return sendMissing(desk, response)
    if ('status' in changed)
      return refuse({ field: changed.field, text: markedWords(desk, 'webhooks.fault.url', { reason: inEnglish(changed.reason) }) })
    redirectDone(desk, response, paths.adminWebhook(endpoint.id), 'changed')

    async function refuse(fault: Fault): Promise<void> {
      response.status(422)
      await sendEndpoint(desk, request, response, endpoint, { form, fault })
    }
  })
}

/** Enables or disables an endpoint. A second click changes nothing more. */
export function submitWebhookState(desk: DeskContext, isEnabled: boolean): EndpointHandler {
  return async (request, response) => {
    const { id } = request.params
    if (!(await changeEndpoint(desk.webhooks, id, { isEnabled }, actorOf(response)))) return sendMissing(desk, response)
    redirectDone(desk, response, paths.adminWebhook(id), isEnabled ? 'enabled' : 'disabled')
  }
}

/** Makes a new secret and shows it, once. */
export function submitRotation(desk: DeskContext): EndpointHandler {
  return withEndpoint(desk, async (request, response, endpoint) => {
    // A second click must not end the old secret, which receivers still expect.
    const rotated = await rotateSecretOf(
      desk.webhooks,
      endpoint.id,
      actorOf(response),
      (one) => previousMark(one) === textIn(request, 'mark'),
    )
    if (!rotated) return sendMissing(desk, response)
    if (rotated === 'changed') {
      response.status(409)
      return sendEndpoint(desk, request, response, endpoint, { fault: { field: 'rotate', text: words(desk, 'webhooks.fault.rotate') } })
    }
    await sendEndpoint(desk, request, response, rotated.endpoint, { secret: rotated.secret })
  })
}

/** Sends a test event, and waits for the answer. */
export function submitWebhookTest(desk: DeskContext): EndpointHandler {
  return async (request, response) => {
    const { id } = request.params
    const delivery = await sendTest(desk.webhooks, id, actorOf(response))
    if (!delivery) return sendMissing(desk, response)
    redirectDone(desk, response, paths.adminWebhook(id), delivery.state === 'succeeded' ? 'tested' : 'test_failed')
  }
}

/** Queues a settled delivery again. */
export function submitReplay(desk: DeskContext): RequestHandler<{ id: string; delivery: string }> {
  return async (request, response) => {
    const { id, delivery } = request.params
    const replayed = await replayDelivery(desk.webhooks, id, delivery, actorOf(response))
    if (replayed.status === 'queued') return redirectDone(desk, response, paths.adminWebhook(id), 'replayed')
    const endpoint = replayed.status === 'refused' ? await findEndpoint(desk.webhooks, id) : undefined
    if (!endpoint) return sendMissing(desk, response)
    response.status(409)
    const text = words(desk, endpoint.isEnabled ? 'webhooks.fault.queued' : 'webhooks.fault.disabled')
    await sendEndpoint(desk, request, response, endpoint, { fault: { field: 'replay', text } })
  }
}

export function submitWebhookRemoval(desk: DeskContext): EndpointHandler {
  return async (request, response) => {
    // Also where it was removed before: what was asked for is so.
    await removeEndpoint(desk.webhooks, request.params.id, actorOf(response))
    redirectDone(desk, response, paths.adminWebhooks, 'removed')
  }
}

/** A handler about one endpoint; 404 where there is none. */
function withEndpoint(
  desk: DeskContext,
  handle: (request: EndpointRequest, response: Response, endpoint: Endpoint) => Promise<void>,
): EndpointHandler {
  return async (request, response) => {
    const endpoint = await findEndpoint(desk.webhooks, request.params.id)
    return endpoint ? handle(request, response, endpoint) : sendMissing(desk, response)
  }
}

async function sendMissing(desk: DeskContext, response: Response): Promise<void> {
  response.status(404)
  const title = words(desk, 'missing.title')
  await sendDeskPage(desk, response, 'message', { title, place: 'settings' }, { text: words(desk, 'missing.text') })
}

/** `field`: of the form, or the button. */
interface Fault {
  readonly field: 'url' | 'description' | 'types' | 'rotate' | 'replay'
  readonly text: string | MarkedText
}

function formIn(request: { readonly body?: unknown }): EndpointForm {
  return { url: textIn(request, 'url').trim(), description: textIn(request, 'description').trim(), types: textsIn(request, 'types') }
}

function chosenTypes({ types }: EndpointForm) {
  return eventTypes.filter((type) => types.includes(type))
}

/** What the form itself can be wrong in. The address is checked by the verb. */
function faultOf(desk: DeskContext, form: EndpointForm): Fault | undefined {
  if (form.url.length > maxUrl) return { field: 'url', text: words(desk, 'webhooks.fault.long', { max: maxUrl }) }
  if (form.description.length > maxDescription)
    return { field: 'description', text: words(desk, 'webhooks.fault.long', { max: maxDescription }) }
  return chosenTypes(form).length === 0 ? { field: 'types', text: words(desk, 'webhooks.fault.types') } : undefined
}

interface Shown {
  readonly done?: string | undefined
  readonly form?: EndpointForm
  readonly fault?: Fault
}

function shownValues({ done, form, fault }: Shown, filled: EndpointForm): object {
  return {
    done: done ?? null,
    form: form ?? filled,
    types: typeChoices(form ?? filled),
    fault: fault?.text ?? null,
    fault_field: fault?.field ?? null,
  }
}

async function sendList(desk: DeskContext, response: Response, shown: Shown): Promise<void> {
  const endpoints = await pageOfEndpoints(desk.webhooks, { limit: maxEndpoints })
  await sendDeskPage(
    desk,
    response,
    'webhooks',
    { title: words(desk, 'settings.webhooks'), place: 'settings' },
    { endpoints: endpoints.map((endpoint) => endpointValues(desk, endpoint)), ...shownValues(shown, emptyForm) },
  )
}

async function sendEndpoint(
  desk: DeskContext,
  request: Pick<Request, 'query'>,
  response: Response,
  endpoint: Endpoint,
  shown: Shown & { readonly secret?: string },
): Promise<void> {
  const publication = desk.publication()
  const { before } = request.query
  const page = { limit: perPage + 1, ...(typeof before === 'string' && before !== '' ? { before } : {}) }
  const deliveries = (await pageOfDeliveries(desk.webhooks, endpoint.id, page)) ?? []
  const lines = deliveries.slice(0, perPage)
  const last = deliveries.length > perPage ? lines.at(-1) : undefined
  const href = localPath(publication, paths.adminWebhook(endpoint.id))
  await sendDeskPage(
    desk,
    response,
    'webhook',
    { title: words(desk, 'webhooks.one'), place: 'settings' },
    {
      one: endpointValues(desk, endpoint),
      secret: shown.secret ?? null,
      deliveries: lines.map((delivery) => deliveryValues(publication, delivery)),
      is_first_page: !('before' in page),
      older: last ? `${href}?before=${encodeURIComponent(last.id)}` : null,
      days: Math.round(publication.retention.webhooksMs / 86_400_000),
      ...shownValues(shown, endpoint),
    },
  )
}
