import { readFile } from 'node:fs/promises'
import { fetchPublic } from '../../platform/http/safe-fetch.ts'
import type { ResizeAnswer, ResizeRequest } from './image-worker-messages.ts'
import { type Resized, resize } from './resize.ts'

/** 12 MB is a large photograph. */
const limits = { maxBytes: 12 * 1024 * 1024, timeoutMs: 6_000, accept: 'image/jpeg, image/png, image/*;q=0.8' }

// Exit when the parent disconnects, so `kill -9` leaves no orphan.
process.on('disconnect', () => process.exit(0))

/** Bytes of all pictures of one email that are fetched from other sites. */
const maxFetchedBytes = 48 * 1024 * 1024

// One after the other: twenty large photographs at once would take a gigabyte.
process.on('message', async (requests: ResizeRequest[]) => {
  let bytesLeft = maxFetchedBytes
  for (const [index, request] of requests.entries()) {
    const { resized, fetchedBytes } = await make(request, bytesLeft)
    bytesLeft -= fetchedBytes
    process.send?.({ index, resized } satisfies ResizeAnswer)
  }
})

interface Made {
  readonly resized: Resized
  readonly fetchedBytes: number
}

async function make({ source, use }: ResizeRequest, bytesLeft: number): Promise<Made> {
  if ('file' in source) {
    const bytes = await readFile(source.file).catch(() => undefined)
    return { resized: bytes ? await resize(bytes, use, true) : { status: 'refused', reason: 'the file cannot be read' }, fetchedBytes: 0 }
  }
  if (bytesLeft <= 0)
    return { resized: { status: 'refused', reason: 'the pictures of this email are too large together' }, fetchedBytes: 0 }
  const maxBytes = Math.min(limits.maxBytes, bytesLeft)
  const fetched = await fetchPublic(source.url, { ...limits, maxBytes })
  if (fetched.status !== 'fetched') return { resized: fetched, fetchedBytes: 0 }
  return { resized: await resize(fetched.bytes, use, false), fetchedBytes: fetched.bytes.length }
}
