import { printLetter } from './render.ts'
import type { PressAnswer, PressRequest } from './render-messages.ts'

// The press is the only reason to be here: where it is gone, even by kill -9, so is this process.
process.on('disconnect', () => process.exit(0))

process.on('message', async ({ id, templatesFolder, order }: PressRequest) => {
  let answer: PressAnswer
  try {
    answer = { id, letter: await printLetter(templatesFolder, order) }
  } catch (error) {
    answer = error instanceof Error ? { id, problem: error.message, stack: error.stack } : { id, problem: String(error), stack: undefined }
  }
  process.send?.(answer)
})
