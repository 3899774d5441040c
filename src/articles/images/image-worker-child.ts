import { readFile } from 'node:fs/promises'
import { fetchPublic } from '../../platform/http/safe-fetch.ts'
import type { ResizeAnswer, ResizeRequest } from './image-worker-messages.ts'
import { type Resized, resize } from './resize.ts'

/** 12 MB is a large photograph. */
const limits = { maxBytes: 12 * 1024 * 1024, timeoutMs: 6_000, accept: 'image/jpeg, image/png, image/*;q=0.8' }

// Exit when the parent disconnects, so `kill -9` leaves no orphan.
process.on('disconnect', () => process.exit(0))

process.on('message', (requests: ResizeRequest[]) => {
  for (const [index, request] of requests.entries()) {
    void make(request).then((resized) => process.send?.({ index, resized } satisfies ResizeAnswer))
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
