import { existsSync } from 'node:fs'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Clock, Stop } from '../platform/clock.ts'
import { type Log, logError, logWarning } from '../platform/log.ts'
import type { Publication } from '../publication/publication.ts'
import type { Article, Snapshot } from './article.ts'
import { type ArticleSource, type ArticlesContext, openArticleSource, readFolder } from './article-source.ts'
import { authorsProblems } from './authors.ts'
import { knownDialects } from './dialects-in-use.ts'
import { isInside } from './files/folder.ts'
import type { Watch } from './files/watch.ts'
import { mintId } from './ids.ts'
import { takenOverId } from './links/article-urls.ts'
import { snapshotMaker } from './snapshot.ts'
import type { Minted } from './store.ts'
import { readUndated, undatedProblems } from './undated.ts'

/** The articles of a publication, kept in step with their files. */
export interface Articles {
  /** The current snapshot. */
  current(): Snapshot
  /** Calls `listener` with each new snapshot. Its exceptions are logged. */
  onChange(listener: (snapshot: Snapshot) => void): Stop
  /** Looks up a slug, including former ones. */
  find(slug: string): FoundArticle
  /** Reads everything again after a change of `publication.yaml`. */
  reload(publication: Publication): Promise<void>
  /** At a start: logs once for each database how many published articles are now hidden. */
  reportHidden(): Promise<void>
  /**
   * Reads what changed without an event, as on a network file system. A content folder without any
   * file is taken for unmounted and keeps its articles, unless `isForced`, which also reads unchanged files again.
   */
  lookAgain(isForced?: boolean): Promise<void>
  /** Starts watching the files. Resolves once changes are noticed, after reading those made before. */
  watch(): Promise<void>
  close(): Promise<void>
}

export type FoundArticle =
  | { readonly status: 'published'; readonly article: Article }
  /** It was published until `at`. */
  | { readonly status: 'expired'; readonly at: Date }
  /** The file is now published under another slug. */
  | { readonly status: 'moved'; readonly article: Article }
  /** It was published; its file is now gone or a draft again. */
  | { readonly status: 'gone' }
  /** Never published, or its file has an error at the moment. */
  | { readonly status: 'unknown' }

/** Reads all articles and mints ids for new ones. Unreadable files become problems of the snapshot. */
export async function openArticles(context: ArticlesContext): Promise<Articles> {
  const source = await openArticleSource(context)
  return new LiveArticles(context, source, await source.makeSnapshot())
}

class LiveArticles implements Articles {
  readonly #clock: Clock
  readonly #log: Log
  readonly #source: ArticleSource
  readonly #listeners = new Set<(snapshot: Snapshot) => void>()
  readonly #stopTicks: Stop
  #snapshot: Snapshot
  #wake: Stop = () => {}
  #last: Promise<unknown> = Promise.resolve()
  #watch: Watch | undefined
  #watching: Promise<void> | undefined
  #closed = false

  constructor({ clock, log }: ArticlesContext, source: ArticleSource, first: Snapshot) {
    this.#clock = clock
    this.#log = log
    this.#source = source
    this.#snapshot = first
    this.#planWake(first)
    this.#stopTicks = clock.everyMinute(() => this.#onMinute())
  }

  current(): Snapshot {
    return this.#snapshot
  }

  onChange(listener: (snapshot: Snapshot) => void): Stop {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  find(slug: string): FoundArticle {
    const snapshot = this.#snapshot
    const article = snapshot.bySlug.get(slug)
    if (article) return { status: 'published', article }
    const path = this.#source.pathOf(slug)
    const moved = path === undefined ? undefined : (snapshot.articles.find(isAt(path)) ?? snapshot.unlisted.find(isAt(path)))
    if (moved) return { status: 'moved', article: moved }
    const expired = snapshot.hidden.find(
      ({ article: one, hiding }) => hiding.at && !one.isMailOnly && (path === undefined ? one.slug === slug : one.path === path),
    )
    if (expired?.hiding.at) return { status: 'expired', at: expired.hiding.at }
    if (path === undefined || this.#source.isMissing()) return { status: 'unknown' }
    const isBroken = snapshot.problems.some((problem) => problem.path === path && problem.severity === 'error')
    return { status: isBroken ? 'unknown' : 'gone' }
  }

  reload(publication: Publication): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#source.publication
      const foldersMoved = publication.contentFolder !== before.contentFolder || publication.articlesFolder !== before.articlesFolder
      await this.#source.readAll(publication)
      await this.#publish()
      if (!foldersMoved || !this.#watching) return
      await this.#watch?.close()
      this.#watching = this.#beginWatch()
      this.#watching.catch(() => {})
    })
  }

  reportHidden(): Promise<void> {
    return this.#source.reportHidden(this.#snapshot)
  }

  watch(): Promise<void> {
    this.#watching ??= this.#beginWatch()
    return this.#watching
  }

  lookAgain(isForced = false): Promise<void> {
    return this.#inTurn(async () => {
      if (isForced) {
        await this.#source.readAll(undefined, true)
        await this.#publish()
      } else {
        await this.#readAgain(await this.#source.changedPaths())
        const others = this.#source.changedOthers()
        if (others.size > 0) await this.#readChanged(others)
      }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#wake()
    this.#stopTicks()
    await this.#watch?.close()
    await this.#last
  }

  async #beginWatch(): Promise<void> {
    const log = this.#log
    // Loaded on the first watch, so that start-up serves the existing articles sooner.
    const { watchFolders } = await import('./files/watch.ts')
    if (this.#closed) return
    const { contentFolder, articlesFolder } = this.#source.publication
    const folders = isInside(contentFolder, articlesFolder) ? [contentFolder] : [contentFolder, articlesFolder]
    const noticed = (files: ReadonlySet<string>) => {
      // The old release of an exchanged folder may be deleted before the new one is noticed.
      const read = async () => (existsSync(articlesFolder) ? this.#readChanged(files) : undefined)
      this.#inTurn(read).catch(() => {})
    }
    this.#watch = watchFolders(folders, noticed, (error) => {
      logWarning(log, error, 'watching the articles failed; changes may go unnoticed until the next start')
    })
    // Catches changes made between the first read and the first event.
    await this.#watch.ready
    await this.#inTurn(async () => this.#readAgain(await this.#source.changedPaths()))
  }

  /** A folder that goes away or comes back may cause no event, because the watch ends with it. */
  #lookForMissing(): void {
    if (!this.#source.hasMissing && existsSync(this.#source.publication.articlesFolder)) return
    this.#inTurn(async () => {
      await this.#readAgain(await this.#source.changedPaths())
      if (this.#source.hasMissing || !this.#watching) return
      await this.#watch?.close()
      // Not awaited: the new watch reads the files in a turn of its own.
      this.#watching = this.#beginWatch()
      this.#watching.catch(() => {})
    }).catch(() => {})
  }

  async #readChanged(files: ReadonlySet<string>): Promise<void> {
    if (this.#source.areAuthorsAmong(files)) {
      await this.#source.readAll()
      return this.#publish()
    }
    const paths = this.#source.pathsOf(files)
    if (paths.size > 0) await this.#readAgain(paths)
  }

  async #readAgain(paths: Iterable<string>): Promise<void> {
    if (await this.#source.readAgain(paths)) await this.#publish()
  }

  /** Runs changes one at a time, so an older state never overwrites a newer one. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const log = this.#log
    const turn = this.#last.then(() => (this.#closed ? undefined : work()))
    this.#last = turn.catch((error) => logError(log, error, 'reloading the articles failed'))
    return turn
  }

  async #publish(): Promise<void> {
    const log = this.#log
    const next = await this.#source.makeSnapshot()
    this.#planWake(next)
    await yieldToEventLoop()
    if (isSameSnapshot(this.#snapshot, next)) return
    this.#snapshot = next
    for (const listener of this.#listeners) {
      try {
        listener(next)
      } catch (error) {
        logError(log, error, 'a listener failed on a change of the articles')
      }
    }
  }

  #planWake({ nextDueAt }: Snapshot): void {
    this.#wake()
    const waitMs = nextDueAt ? nextDueAt.getTime() - this.#clock.now().getTime() : undefined
    this.#wake = waitMs === undefined ? () => {} : this.#clock.after(waitMs, () => this.#publishDue())
  }

  #onMinute(): void {
    this.#publishDue()
    this.#lookForMissing()
    this.#inTurn(async () => this.#readAgain(await this.#source.newlyDated())).catch(() => {})
  }

  #publishDue(): void {
    const dueAt = this.#snapshot.nextDueAt
    if (dueAt && dueAt <= this.#clock.now()) this.#inTurn(() => this.#publish()).catch(() => {})
  }
}

/** Reads all articles as published at `now`, without a database: ids are derived, not stored. */
export async function readArticles(publication: Publication, now: Date): Promise<Snapshot> {
  const minted = new Map<string, Minted>()
  const undated = await readUndated({ publication, database: undefined, minted, now: () => now })
  const { authors, index, dialects } = await readFolder(publication, undated, knownDialects(publication, new Map()))
  for (const [path, { content, fingerprint }] of index) {
    const id = (content && takenOverId(content.parsed, publication)) ?? mintId(publication.url, path)
    minted.set(path, { id, firstSeenAt: now, fingerprint, textHash: undefined, textChangedAt: undefined })
  }
  const problems = [...authorsProblems(publication, authors), ...undatedProblems(publication, undated)]
  const sources = { publication, index, minted, publishedSlugs: new Map(), origin: publication.url, problems, dialects }
  return snapshotMaker().make(sources, now)
}

function isAt(path: string): (article: Article) => boolean {
  return (article) => article.path === path
}

function isSameSnapshot(one: Snapshot, other: Snapshot): boolean {
  return (
    areSame(one.articles, other.articles) &&
    areSame(one.unlisted, other.unlisted) &&
    areSame(one.mailOnly, other.mailOnly) &&
    one.nextDueAt?.getTime() === other.nextDueAt?.getTime() &&
    JSON.stringify([one.problems, one.unpublished, hiddenIn(one), [...one.dialects]]) ===
      JSON.stringify([other.problems, other.unpublished, hiddenIn(other), [...other.dialects]]) &&
    isSameLeftOut(one.leftOut, other.leftOut)
  )
}

function isSameLeftOut(ones: Snapshot['leftOut'], others: Snapshot['leftOut']): boolean {
  return (
    ones.length === others.length && ones.every((one, index) => one.path === others[index]?.path && one.detail === others[index].detail)
  )
}

function areSame(some: readonly Article[], others: readonly Article[]): boolean {
  return some.length === others.length && some.every((article, index) => article === others[index])
}

function hiddenIn({ hidden }: Snapshot): unknown[] {
  return hidden.map(({ article, hiding }) => [article.id, article.slug, article.title, hiding])
}
