import { hash } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import { LruCache } from '../../platform/lru-cache.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { resolveMedia } from '../files/media.ts'
import { insertPicture, readPicture, readSources, type StoredPicture, type StoredSource, storeSource } from './image-store.ts'
import type { ResizeRequest } from './image-worker-messages.ts'
import type { PictureUse, Resized } from './resize.ts'

/** Pictures that every mail program can show: JPEG or PNG at the size an email needs, served below `/media/mail/`. */
export interface MailPictures {
  /**
   * Returns the picture to show for each address, resized within a bounded time. If one fails, the original address
   * is used and `problem` says why. Never throws because of a picture.
   */
  prepare(wanted: readonly WantedPicture[]): Promise<ReadonlyMap<string, MailPicture>>
  /** Finds a stored picture by the name in its address. */
  find(name: string): Promise<StoredPicture | undefined>
}

export interface WantedPicture {
  /** Absolute address. */
  readonly url: string
  readonly use: PictureUse
}

export interface MailPicture {
  readonly url: string
  /** CSS pixels; undefined if unknown. */
  readonly size: { readonly width: number; readonly height: number } | undefined
  /** Size of the file; undefined if unknown. */
  readonly bytes: number | undefined
  readonly problem: string | undefined
}

export interface MailPicturesContext {
  readonly publication: () => Publication
  readonly database: Database
  readonly clock: Clock
}

/** Time limit for all pictures of an email together. */
const timeoutMs = 8_000
/** A picture of another site may change, so it is fetched again after a day. Sent issues keep the old one. */
const freshForMs = 86_400_000
/** Failures in memory. Each edit of a picture is a source of its own. */
const maxFailures = 1_000
/** Pause after a failure, so that each edition of an issue does not wait again. */
const retryAfterMs = 10 * 60_000

export function openMailPictures({ publication, database, clock }: MailPicturesContext): MailPictures {
  const failures = new LruCache<string, { untilMs: number; reason: string }>(maxFailures)

  async function sourceOf({ url, use }: WantedPicture): Promise<Sought> {
    const { faultOfTarget } = await import('../../platform/http/safe-fetch.ts')
    const file = url.startsWith(publicUrl(publication(), paths.media('')))
      ? await resolveMedia(publication(), url.slice(publication().url.length).replace(/[?#].*$/, ''))
      : undefined
    const nowMs = clock.now().getTime()
    const stamp = file ? `file ${file.path} ${file.changedAtMs} ${file.bytes}` : `url ${url}`
    const source = hash('sha256', `${use} ${stamp}`, 'base64url')
    const failure = failures.get(source)
    const isRecent = failure !== undefined && failure.untilMs > nowMs
    const problem = isRecent ? failure.reason : file ? undefined : faultOfTarget(url)
    return {
      url,
      use,
      source,
      problem,
      request: { source: file ? { file: file.path } : { url }, use },
      freshFromMs: file ? 0 : nowMs - freshForMs,
    }
  }

  async function store(sought: Sought, resized: Resized): Promise<StoredSource | undefined> {
    const now = clock.now()
    if (resized.status === 'refused') {
      failures.set(sought.source, { untilMs: now.getTime() + retryAfterMs, reason: resized.reason })
      return undefined
    }
    const { width, height } = resized
    const name = resized.status === 'resized' ? nameOf(resized) : undefined
    const bytes = resized.status === 'resized' ? resized.bytes.byteLength : undefined
    const row = { source: sought.source, name, width, height, madeAt: now, bytes }
    await database.transaction(async (tx) => {
      if (resized.status === 'resized' && name) await insertPicture(tx, name, resized, now)
      await storeSource(tx, row)
    })
    return row
  }

  return {
    async prepare(wanted) {
      const sought = await Promise.all(wanted.map(sourceOf))
      const rows = await readSources(
        database,
        sought.map(({ source }) => source),
      )
      const known = new Map(rows.map((row) => [row.source, row]))
      const missing = sought.filter(
        ({ source, problem, freshFromMs }) => problem === undefined && (known.get(source)?.madeAt.getTime() ?? -1) < freshFromMs,
      )
      const { resizeAll } = await import('./image-worker.ts')
      const made = await resizeAll(
        missing.map(({ request }) => request),
        timeoutMs,
      )
      for (const [index, one] of missing.entries()) {
        const row = await store(one, made[index] as Resized)
        if (row) known.set(one.source, row)
      }
      return new Map(
        sought.map((one) => [
          one.url,
          pictureOf(publication(), one, known.get(one.source), failures.get(one.source)?.reason ?? one.problem),
        ]),
      )
    },
    find: (name) => readPicture(database, name),
  }
}

interface Sought extends WantedPicture {
  /** Hash of the source's identity and the use. */
  readonly source: string
  /** Why it is not tried at all. */
  readonly problem: string | undefined
  readonly request: ResizeRequest
  /** A stored result older than this (milliseconds since 1970) is replaced. */
  readonly freshFromMs: number
}

function pictureOf(publication: Publication, { url }: Sought, row: StoredSource | undefined, problem: string | undefined): MailPicture {
  if (!row) return { url, size: undefined, bytes: undefined, problem: problem ?? 'it could not be resized' }
  const { name, width, height, bytes } = row
  const shown = name === undefined ? url : publicUrl(publication, paths.mailImage(name))
  return { url: shown, size: { width, height }, bytes, problem: undefined }
}

function nameOf({ bytes, type }: { readonly bytes: Uint8Array; readonly type: string }): string {
  return `${hash('sha256', bytes, 'base64url').slice(0, 22)}.${type === 'image/png' ? 'png' : 'jpg'}`
}
