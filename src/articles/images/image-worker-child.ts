import { readFile } from 'node:fs/promises'
import { fetchPublic } from '../../platform/http/safe-fetch.ts'
import type { ResizeAnswer, ResizeRequest } from './image-worker-messages.ts'
import { type Resized, resize } from './resize.ts'

/** A large photograph; what is larger is no picture for the web. */
const limits = { maxBytes: 12 * 1024 * 1024, timeoutMs: 6_000, accept: 'image/jpeg, image/png, image/*;q=0.8' }

// Whoever ordered is the only reason to be here: where it is gone, even by kill -9, so is this process.
process.on('disconnect', () => process.exit(0))

process.on('message', (orders: ResizeRequest[]) => {
  for (const [index, order] of orders.entries()) {
    void make(order).then((resized) => process.send?.({ index, resized } satisfies ResizeAnswer))
  }
})

async function make({ source, use }: ResizeRequest): Promise<Resized> {
  if ('file' in source) {
    const bytes = await readFile(source.file).catch(() => undefined)
    return bytes ? resize(bytes, use, true) : { status: 'refused', reason: 'the file cannot be read' }
  }
  const fetched = await fetchPublic(source.url, limits)
  return fetched.status === 'fetched' ? resize(fetched.bytes, use, false) : fetched
}
