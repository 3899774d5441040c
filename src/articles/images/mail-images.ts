import { hash } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/database.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { resolveMedia } from '../files/media.ts'
import { insertPicture, readPicture, readSources, type StoredPicture, type StoredSource, storeSource } from './image-store.ts'
import type { ResizeRequest } from './image-worker-messages.ts'
import type { PictureUse, Resized } from './resize.ts'

/** The pictures of articles as every mail program can show them: JPEG or PNG, at the size that mail needs, below `/media/mail/`. */
export interface MailPictures {
  /**
   * What to show for each address, made where it is not there yet, within a bounded time. Where one cannot be had, the
   * original address stands and `problem` says why. Never throws for a picture's sake.
   */
  prepare(wanted: readonly WantedPicture[]): Promise<ReadonlyMap<string, MailPicture>>
  /** By the name in its address. */
  find(name: string): Promise<StoredPicture | undefined>
}

export interface WantedPicture {
  /** Absolute address. */
  readonly url: string
  readonly use: PictureUse
}

export interface MailPicture {
  readonly url: string
  /** Pixels on the page; undefined where they are not known. */
  readonly size: { readonly width: number; readonly height: number } | undefined
  readonly problem: string | undefined
}

export interface MailPicturesContext {
  readonly publication: () => Publication
  readonly database: Database
  readonly clock: Clock
}

/** Longest that a mail waits for all its pictures together. */
const patienceMs = 8_000
/** What a name holds on another site may change; what it held stays where it was shown. */
const freshForMs = 86_400_000
/** So that each edition of an issue does not wait anew for what cannot be had. */
const givenUpForMs = 10 * 60_000

export function openMailPictures({ publication, database, clock }: MailPicturesContext): MailPictures {
  const givenUp = new Map<string, { untilMs: number; reason: string }>()

  async function sourceOf({ url, use }: WantedPicture): Promise<Sought> {
    const { faultOfTarget } = await import('../../platform/http/safe-fetch.ts')
    const file = url.startsWith(publicUrl(publication(), paths.media('')))
      ? await resolveMedia(publication(), url.slice(publication().url.length).replace(/[?#].*$/, ''))
      : undefined
    const nowMs = clock.now().getTime()
    const stamp = file ? `file ${file.path} ${file.changedAtMs} ${file.bytes}` : `url ${url}`
    const source = hash('sha256', `${use} ${stamp}`, 'base64url')
    const kept = givenUp.get(source)
    if (kept && kept.untilMs <= nowMs) givenUp.delete(source)
    const fault = givenUp.get(source)?.reason ?? (file ? undefined : faultOfTarget(url))
    return {
      url,
      use,
      source,
      fault,
      order: { source: file ? { file: file.path } : { url }, use },
      freshFromMs: file ? 0 : nowMs - freshForMs,
    }
  }

  async function keep(sought: Sought, resized: Resized): Promise<StoredSource | undefined> {
    const now = clock.now()
    if (resized.status === 'refused') {
      givenUp.set(sought.source, { untilMs: now.getTime() + givenUpForMs, reason: resized.reason })
      return undefined
    }
    const { width, height } = resized
    const name = resized.status === 'developed' ? nameOf(resized) : undefined
    const row = { source: sought.source, name, width, height, madeAt: now }
    await database.transaction(async (tx) => {
      if (resized.status === 'developed' && name) await insertPicture(tx, name, resized, now)
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
        ({ source, fault, freshFromMs }) => fault === undefined && (known.get(source)?.madeAt.getTime() ?? -1) < freshFromMs,
      )
      const { resizeAll } = await import('./image-worker.ts')
      const made = await resizeAll(
        missing.map(({ order }) => order),
        patienceMs,
      )
      for (const [index, one] of missing.entries()) {
        const row = await keep(one, made[index] as Resized)
        if (row) known.set(one.source, row)
      }
      return new Map(
        sought.map((one) => [one.url, pictureOf(publication(), one, known.get(one.source), givenUp.get(one.source)?.reason ?? one.fault)]),
      )
    },
    find: (name) => readPicture(database, name),
  }
}

interface Sought extends WantedPicture {
  /** Hash of what it is made from and what for. */
  readonly source: string
  /** Why it is not even tried. */
  readonly fault: string | undefined
  readonly order: ResizeRequest
  readonly freshFromMs: number
}

function pictureOf(publication: Publication, { url }: Sought, row: StoredSource | undefined, fault: string | undefined): MailPicture {
  if (!row) return { url, size: undefined, problem: fault ?? 'it could not be made' }
  const { name, width, height } = row
  return { url: name === undefined ? url : publicUrl(publication, paths.mailImage(name)), size: { width, height }, problem: undefined }
}

function nameOf({ bytes, type }: { readonly bytes: Uint8Array; readonly type: string }): string {
  return `${hash('sha256', bytes, 'base64url').slice(0, 22)}.${type === 'image/png' ? 'png' : 'jpg'}`
}
