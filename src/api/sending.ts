import type { Router } from 'express'
import type { DigestsRoom } from '../digests/context.ts'
import { type Hold, holdSending, readHold, releaseSending } from '../outbox/sending-hold.ts'

/** Whether anything is sent at all: held by the operator, or since a backup was opened. */
export function addSending(
  routes: Router,
  { digests, triggerScheduler }: { readonly digests: DigestsRoom; readonly triggerScheduler: () => void },
): void {
  const { database, clock } = digests

  routes.get('/sending', async (_request, response) => {
    response.json(sendingJson(await readHold(database)))
  })

  routes.post('/sending/hold', async (_request, response) => {
    await database.transaction((tx) => holdSending(tx, 'held by the operator', clock.now()))
    response.json(sendingJson(await readHold(database)))
  })

  routes.post('/sending/release', async (_request, response) => {
    await database.transaction(releaseSending)
    triggerScheduler()
    digests.triggerSender()
    response.json(sendingJson(undefined))
  })
}

export function sendingJson(hold: Hold | undefined) {
  return hold ? { held: true, reason: hold.reason, since: hold.since.toISOString() } : { held: false, reason: null, since: null }
}
