import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Snapshot } from '../../articles/article.ts'
import { LruCache } from '../../platform/lru-cache.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition, Publication } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { listKey } from '../issue/choose-articles.ts'
import type { NextIssue } from '../issue/next-issue.ts'
import { type FullPreview, previewInFull } from './preview.ts'

/** Half a megabyte each. */
const maxPreviews = 20
/** What the key does not know, such as a picture that could not be fetched, may change. */
const maxAgeMs = 60_000

/** A preview, why there is none, or undefined where the digest has no articles. */
export type PreviewOutcome = FullPreview | { readonly problem: string } | undefined

interface Kept {
  readonly key: string
  readonly startedAt: number
  readonly outcome: Promise<PreviewOutcome>
  /** Set when `outcome` is settled. */
  settled?: { readonly outcome: PreviewOutcome }
}

/**
 * Previews of next issues, each rendered once for its content: an operator who goes through the views of a page waits once. Concurrent calls
 * share one rendering.
 */
export class NextPreviews {
  readonly #context: DigestsContext
  readonly #templatesFolder: string
  /** By the name of the digest. */
  readonly #kept = new LruCache<string, Kept>(maxPreviews)
  /** A snapshot and a publication are replaced whole, so their identity tells whether anything in them changed. */
  readonly #versions = new WeakMap<Snapshot | Publication, number>()
  #lastVersion = 0

  constructor(context: DigestsContext, templatesFolder: string) {
    this.#context = context
    this.#templatesFolder = templatesFolder
  }

  /** The preview of `next`, which `planNextIssue` has just planned. */
  async render(definition: DigestDefinition, next: NextIssue): Promise<PreviewOutcome> {
    const key = await this.#keyOf(definition, next)
    const now = this.#context.clock.now().getTime()
    const kept = this.#kept.get(definition.name)
    const isFailed = kept?.settled?.outcome !== undefined && 'problem' in kept.settled.outcome
    if (kept?.key === key && !isFailed && now - kept.startedAt < maxAgeMs) return kept.outcome
    const fresh: Kept = { key, startedAt: now, outcome: this.#preview(definition) }
    this.#kept.set(definition.name, fresh)
    const outcome = await fresh.outcome
    fresh.settled = { outcome }
    return outcome
  }

  /** The same, if it is rendered already, of any age; else undefined. */
  async rendered(definition: DigestDefinition, next: NextIssue): Promise<{ readonly outcome: PreviewOutcome } | undefined> {
    const kept = this.#kept.get(definition.name)
    return kept?.settled && kept.key === (await this.#keyOf(definition, next)) ? kept.settled : undefined
  }

  async #preview(definition: DigestDefinition): Promise<PreviewOutcome> {
    try {
      return await previewInFull(this.#context, definition, this.#templatesFolder)
    } catch (error) {
      return { problem: (error as Error).message }
    }
  }

  async #keyOf(definition: DigestDefinition, { number, included, noted }: NextIssue): Promise<string> {
    const { articles, publication, clock } = this.#context
    const { text, origin, file, faults, remarks } = noted.chosen
    const versions = [this.#versionOf(articles()), this.#versionOf(publication())]
    const note = [text, origin, file?.place, faults, remarks, noted.faults]
    const day = longDate(publication(), clock.now())
    const parts = [definition, number, versions, note, day, listKey(included), await versionOfTemplates(this.#templatesFolder)]
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
  }

  #versionOf(one: Snapshot | Publication): number {
    const known = this.#versions.get(one)
    if (known !== undefined) return known
    this.#versions.set(one, ++this.#lastVersion)
    return this.#lastVersion
  }
}

/** Names, sizes and times of all files that an email is made from. */
async function versionOfTemplates(templatesFolder: string): Promise<readonly string[]> {
  const folders = ['email', 'messages'].map((part) => join(templatesFolder, part))
  const listed = await Promise.all(
    folders.map(async (folder) =>
      // A folder that TEMPLATES_DIR lacks is taken from the product, which does not change while it runs.
      (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).map((entry) => join(entry.parentPath, entry.name)),
    ),
  )
  return Promise.all(
    listed
      .flat()
      .sort()
      .map(async (path) => {
        const found = await stat(path).catch(() => undefined)
        return `${path} ${found?.size} ${found?.mtimeMs} ${found?.ino}`
      }),
  )
}
