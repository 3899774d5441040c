import type { z } from 'zod'
import type { Answer } from './operation.ts'
import { pageOf } from './paging.ts'

export function listOf(item: z.ZodType, description: string): Answer {
  return { description, shape: pageOf(item) }
}

/** Nothing to say: 204. */
export const gone: Answer = { description: 'Done. There is no body.' }
