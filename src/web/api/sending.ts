import type { DigestsContext } from '../../digests/context.ts'
import { holdByOperator, readSendingHold, releaseByOperator } from '../../outbox/sending-hold.ts'
import { sendingJson, sendingShape } from '../../outbox/sending-json.ts'
import { apiActor, maskedFor } from './authorize.ts'
import type { Operations } from './operation.ts'

/** The sending hold: set by the operator, or by opening a backup. */
export function addSending(
  operations: Operations,
  { digests, triggerScheduler }: { readonly digests: DigestsContext; readonly triggerScheduler: () => void },
): void {
  const answers = { 200: { description: 'Whether mail goes out', shape: sendingShape } }
  const getSending = { id: 'getSending', call: 'GET /sending', scope: 'read', summary: 'Say whether mail goes out', answers } as const
  operations.add(getSending, async (_request, response) => {
    const hold = await readSendingHold(digests.database)
    // A reason may quote a server's reply.
    response.json(sendingJson(hold && { ...hold, reason: maskedFor(response, hold.reason) }))
  })

  const holdSending = { id: 'holdSending', call: 'POST /sending/hold', scope: 'send', summary: 'Stop all mail', answers } as const
  operations.add(holdSending, async (_request, response) => {
    response.json(sendingJson(await holdByOperator(digests, apiActor(response))))
  })

  const releaseSending = { id: 'releaseSending', call: 'POST /sending/release', scope: 'send', summary: 'Let mail go', answers } as const
  operations.add(releaseSending, async (_request, response) => {
    await releaseByOperator(digests, apiActor(response))
    triggerScheduler()
    digests.triggerSender()
    response.json(sendingJson(undefined))
  })
}
