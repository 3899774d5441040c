import { renderEmail } from './render.ts'
import type { RenderAnswer, RenderRequest } from './render-messages.ts'

// Exit when the parent disconnects, so `kill -9` leaves no orphan.
process.on('disconnect', () => process.exit(0))

process.on('message', async ({ id, templatesFolder, request }: RenderRequest) => {
  let answer: RenderAnswer
  try {
    answer = { id, email: await renderEmail(templatesFolder, request) }
  } catch (error) {
    answer = error instanceof Error ? { id, problem: error.message, stack: error.stack } : { id, problem: String(error), stack: undefined }
  }
  process.send?.(answer)
})
