import { fetchPublic } from '../../platform/http/safe-fetch.ts'
import type { ResizeAnswer, ResizeRequest } from './image-worker-messages.ts'
import { resizeInTurn } from './resize-in-turn.ts'

// Exit when the parent disconnects, so `kill -9` leaves no orphan.
process.on('disconnect', () => process.exit(0))

process.on('message', async (requests: ResizeRequest[]) => {
  let index = 0
  for await (const resized of resizeInTurn(requests, fetchPublic)) process.send?.({ index: index++, resized } satisfies ResizeAnswer)
})
