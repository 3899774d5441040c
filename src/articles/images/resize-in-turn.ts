import { readFile } from 'node:fs/promises'
import type { Fetched, FetchLimits } from '../../platform/http/safe-fetch.ts'
import type { ResizeRequest } from './image-worker-messages.ts'
import { type Resized, resize } from './resize.ts'

export type FetchPicture = (url: string, limits: FetchLimits) => Promise<Fetched>

/** 12 MB is a large photograph. */
const limits = { maxBytes: 12 * 1024 * 1024, timeoutMs: 6_000, accept: 'image/jpeg, image/png, image/*;q=0.8' }

/** Bytes of all pictures of one email that are fetched from other sites, those included that are refused in the end. */
const maxFetchedBytes = 48 * 1024 * 1024

/** Makes one picture after the other: twenty large photographs at once would take a gigabyte. */
export async function* resizeInTurn(requests: readonly ResizeRequest[], fetchPicture: FetchPicture): AsyncGenerator<Resized> {
  let bytesLeft = maxFetchedBytes
  for (const { source, use } of requests) {
    if ('file' in source) {
      const bytes = await readFile(source.file).catch(() => undefined)
      yield bytes ? await resize(bytes, use, true) : { status: 'refused', reason: 'the file cannot be read' }
    } else if (bytesLeft <= 0) yield { status: 'refused', reason: 'the pictures of this email are too large together' }
    else {
      const fetched = await fetchPicture(source.url, { ...limits, maxBytes: Math.min(limits.maxBytes, bytesLeft) })
      bytesLeft -= fetched.status === 'fetched' ? fetched.bytes.length : fetched.readBytes
      yield fetched.status === 'fetched' ? await resize(fetched.bytes, use, false) : { status: 'refused', reason: fetched.reason }
    }
  }
}
