import { z } from 'zod'
import { paths } from '../../publication/urls.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import { erase } from '../../subscribers/erase.ts'
import { addSubscriber, amendSubscriberOf, findSubscriber } from '../../subscribers/operator.ts'
import { subscriberJson, subscriberShape } from '../../subscribers/subscriber-json.ts'
import { gone } from './answers.ts'
import { apiActor } from './authorize.ts'
import { isAsClientSaw, refuseChanged, sendTagged } from './if-match.ts'
import type { Operations } from './operation.ts'
import { conflict, notFound, unprocessable } from './problems.ts'
import { readBody } from './request.ts'

const names = z.array(z.string().max(200)).max(200)
const signUpBody = z.strictObject({
  email: z.string().max(1_000),
  digests: names,
  topics: names.default([]),
  name: z.string().max(1_000).default(''),
  source: z.string().min(1).max(200).default('api').describe('Where the reader signed up'),
  wording: z.string().max(2_000).default('').describe('What the reader agreed to: stored as proof of consent'),
  network_address: z.union([z.ipv4(), z.ipv6()]).optional(),
})
const amendmentBody = z.strictObject({
  name: z.string().max(1_000).optional(),
  language: z.string().max(35).optional(),
  topics: names.optional(),
  digests: names.optional().describe('The digests to keep; all others end. Only the reader can ask for one'),
})

const addOperation = {
  id: 'addSubscriber',
  call: 'POST /subscribers',
  scope: 'readers',
  summary: 'Sign a reader up',
  description: 'The reader is asked by mail to confirm, unless the address has confirmed these digests before.',
  body: signUpBody,
  answers: {
    200: { description: 'Nothing was to be added', shape: subscriberShape, headers: ['Location'] },
    201: { description: 'The digests were added without asking again', shape: subscriberShape, headers: ['Location'] },
    202: { description: 'The reader has yet to confirm', shape: subscriberShape, headers: ['Location'] },
  },
  errors: { 409: 'The address is suppressed' },
} as const
const showOperation = {
  id: 'getSubscriber',
  call: 'GET /subscribers/:id',
  scope: 'readers',
  summary: 'Show one subscriber',
  answers: { 200: { description: 'The subscriber', shape: subscriberShape, headers: ['ETag'] } },
  errors: { 404: 'Unknown subscriber' },
} as const
const changeOperation = {
  id: 'changeSubscriber',
  call: 'PATCH /subscribers/:id',
  scope: 'readers',
  summary: 'Change name, language or topics, or end digests; what is not named stays',
  body: amendmentBody,
  isBodyOptional: true,
  ifMatch: 'optional',
  answers: { 200: { description: 'The subscriber', shape: subscriberShape, headers: ['ETag'] } },
  errors: { 404: 'Unknown subscriber' },
} as const
const eraseOperation = {
  id: 'eraseSubscriber',
  call: 'DELETE /subscribers/:id',
  scope: 'admin',
  summary: 'Erase a subscriber with everything that is stored about them',
  description: 'A keyed hash stays where the address is suppressed.',
  answers: { 204: gone },
  errors: { 404: 'Unknown subscriber' },
} as const

/** Add, show, change and erase one subscriber. */
export function addSubscribers(operations: Operations, subscribers: SubscribersContext): void {
  operations.add(addOperation, async (request, response) => {
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

  operations.add(showOperation, async (request, response) => {
    const found = await findSubscriber(subscribers, request.params.id)
    if (found) sendTagged(response, subscriberJson(found))
    else unknownSubscriber(response, request.params.id)
  })

  operations.add(changeOperation, async (request, response) => {
    const body = readBody(amendmentBody, request, response)
    if (!body) return
    const isAsShown = isAsClientSaw(request, subscriberJson)
    const amended = await amendSubscriberOf(subscribers, request.params.id, body, apiActor(response), isAsShown)
    if (amended === 'changed') return refuseChanged(response)
    if (!amended) return unknownSubscriber(response, request.params.id)
    if ('status' in amended) return unprocessable(response, amended.field, amended.reason)
    sendTagged(response, subscriberJson(amended))
  })

  operations.add(eraseOperation, async (request, response) => {
    if (await erase(subscribers, request.params.id, apiActor(response))) response.status(204).end()
    else unknownSubscriber(response, request.params.id)
  })
}

function unknownSubscriber(response: Parameters<typeof notFound>[0], id: string): void {
  notFound(response, `there is no subscriber ${id}`)
}
