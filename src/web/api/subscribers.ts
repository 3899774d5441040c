import type { Router } from 'express'
import { z } from 'zod'
import { paths } from '../../publication/urls.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import { erase } from '../../subscribers/erase.ts'
import { addSubscriber, amendSubscriber, findSubscriber } from '../../subscribers/operator.ts'
import { subscriberJson } from '../../subscribers/subscriber-json.ts'
import { apiActor, requireScope } from './authorize.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody } from './request.ts'

const names = z.array(z.string().max(200)).max(200)
const signUpBody = z.strictObject({
  email: z.string().max(1_000),
  digests: names,
  topics: names.default([]),
  name: z.string().max(1_000).default(''),
  /** Where the reader signed up, and the wording they agreed to: stored as proof of consent. */
  source: z.string().min(1).max(200).default('api'),
  wording: z.string().max(2_000).default(''),
  network_address: z.union([z.ipv4(), z.ipv6()]).optional(),
})
const amendmentBody = z.strictObject({
  name: z.string().max(1_000).optional(),
  language: z.string().max(35).optional(),
  topics: names.optional(),
  digests: names.optional(),
})

/** Add, show, change and erase one subscriber. */
export function addSubscribers(routes: Router, subscribers: SubscribersContext): void {
  routes.post('/subscribers', requireScope('readers'), async (request, response) => {
    const body = readBody(signUpBody, request, response)
    if (!body) return
    const { network_address: networkAddress, ...signUp } = body
    const added = await addSubscriber(subscribers, { ...signUp, networkAddress }, apiActor(response))
    switch (added.status) {
      case 'invalid':
        return unprocessable(response, added.field, added.reason)
      case 'suppressed':
        return conflict(response, 'Suppressed', 'the address is suppressed: no mail goes to it until the suppression is lifted')
      case 'gone':
        return conflict(response, 'Digests removed', 'the digests were just removed from publication.yaml')
    }
    const found = await findSubscriber(subscribers, added.subscriberId)
    if (!found) return conflict(response, 'Erased', 'the subscriber was just erased')
    // 202: the reader has yet to confirm (RFC 9110 §15.3.3).
    response.status(added.status === 'asked' || added.status === 'paused' ? 202 : added.status === 'added' ? 201 : 200)
    response.location(paths.apiSubscriber(found.id)).json(subscriberJson(found))
  })

  routes.get('/subscribers/:id', requireScope('readers'), async (request, response) => {
    const found = await findSubscriber(subscribers, request.params.id)
    if (found) response.json(subscriberJson(found))
    else unknownSubscriber(response, request.params.id)
  })

  routes.patch('/subscribers/:id', requireScope('readers'), async (request, response) => {
    const body = readBody(amendmentBody, request, response)
    if (!body) return
    const amended = await amendSubscriber(subscribers, request.params.id, body, apiActor(response))
    if (!amended) return unknownSubscriber(response, request.params.id)
    if ('status' in amended) return unprocessable(response, amended.field, amended.reason)
    response.json(subscriberJson(amended))
  })

  routes.delete('/subscribers/:id', requireScope('admin'), async (request, response) => {
    if (await erase(subscribers, request.params.id, apiActor(response))) response.status(204).end()
    else unknownSubscriber(response, request.params.id)
  })
}

function unknownSubscriber(response: Parameters<typeof notFound>[0], id: string): void {
  notFound(response, `there is no subscriber ${id}`)
}
