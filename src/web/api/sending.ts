import type { Router } from 'express'
import type { DigestsContext } from '../../digests/context.ts'
import { holdSending, readSendingHold, releaseSending } from '../../outbox/sending-hold.ts'
import { sendingJson } from '../../outbox/sending-json.ts'
import { requireScope } from './authorize.ts'
import { readNoFields } from './request.ts'

/** The sending hold: set by the operator, or by opening a backup. */
export function addSending(
  routes: Router,
  { digests, triggerScheduler }: { readonly digests: DigestsContext; readonly triggerScheduler: () => void },
): void {
  const { database, clock } = digests

  routes.get('/sending', requireScope('read'), async (_request, response) => {
    response.json(sendingJson(await readSendingHold(database)))
  })

  routes.post('/sending/hold', requireScope('send'), async (request, response) => {
    if (!readNoFields(request, response)) return
    await database.transaction((tx) => holdSending(tx, 'held by the operator', clock.now()))
    response.json(sendingJson(await readSendingHold(database)))
  })

  routes.post('/sending/release', requireScope('send'), async (request, response) => {
    if (!readNoFields(request, response)) return
    await database.transaction(releaseSending)
    triggerScheduler()
    digests.triggerSender()
    response.json(sendingJson(undefined))
  })
}
