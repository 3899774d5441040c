import type { Router } from 'express'
import type { DigestsContext } from '../../digests/context.ts'
import { holdByOperator, readSendingHold, releaseByOperator } from '../../outbox/sending-hold.ts'
import { sendingJson } from '../../outbox/sending-json.ts'
import { apiActor, maskedFor, requireScope } from './authorize.ts'
import { readNoFields } from './request.ts'

/** The sending hold: set by the operator, or by opening a backup. */
export function addSending(
  routes: Router,
  { digests, triggerScheduler }: { readonly digests: DigestsContext; readonly triggerScheduler: () => void },
): void {
  routes.get('/sending', requireScope('read'), async (_request, response) => {
    const hold = await readSendingHold(digests.database)
    // A reason may quote a server's reply.
    response.json(sendingJson(hold && { ...hold, reason: maskedFor(response, hold.reason) }))
  })

  routes.post('/sending/hold', requireScope('send'), async (request, response) => {
    if (!readNoFields(request, response)) return
    response.json(sendingJson(await holdByOperator(digests, apiActor(response))))
  })

  routes.post('/sending/release', requireScope('send'), async (request, response) => {
    if (!readNoFields(request, response)) return
    await releaseByOperator(digests, apiActor(response))
    triggerScheduler()
    digests.triggerSender()
    response.json(sendingJson(undefined))
  })
}
