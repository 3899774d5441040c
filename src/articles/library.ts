import { relative, sep } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Stop } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Log, logError, logWarning } from '../platform/log.ts'
import type { Publication } from '../publication/publication.ts'
import { takenOverId } from './addresses.ts'
import type { Article, ArticleProblem, Snapshot } from './article.ts'
import { isAuthorsFile, readAuthors } from './authors.ts'
import { isHidden, isInside } from './folder.ts'
import { mintId } from './ids.ts'
import type { ParseSettings } from './parse.ts'
import { mayBeArticle } from './places.ts'
import { changedSince, readAgain, readRecords } from './records.ts'
import { snapshotMaker } from './snapshot.ts'
import { type Minted, readMinted, readOrigin, readPublishedSlugs, recordPublishedSlugs } from './store.ts'
import { acquaint } from './texts.ts'
import type { Watch } from './watch.ts'

/** The articles of a publication, kept up with their files. */
export interface Articles {
  /** What is published now. */
  current(): Snapshot
  /** Calls `listener` with each new snapshot; what it throws is logged. */
  onChange(listener: (snapshot: Snapshot) => void): Stop
  /** What became of the address of an article. */
  find(slug: string): Whereabouts
  /** Reads everything anew under another `publication.yaml`. */
  reload(publication: Publication): Promise<void>
  /** Begins to watch the files; resolves when every change from then on is noticed, and none of those before was missed. */
  watch(): Promise<void>
  close(): Promise<void>
}

export type Whereabouts =
  | { readonly status: 'published'; readonly article: Article }
  /** The file is published under another slug. */
  | { readonly status: 'moved'; readonly article: Article }
  /** It was published, and its file is gone or a draft again. */
  | { readonly status: 'gone' }
  /** Never published, or its file cannot be read just now. */
  | { readonly status: 'unknown' }

export interface ArticlesEdges {
  readonly publication: Publication
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

/** Reads all articles and mints ids for new ones. Files that cannot be read are problems of the snapshot. */
export async function openArticles({ publication: opened, database, clock, log }: ArticlesEdges): Promise<Articles> {
  let publication = opened
  let authors = readAuthors(publication)
  const settings = (): ParseSettings => ({ publication, authors: authors.book })
  let records = await readRecords(settings())
  const minted = await readMinted(database)
  const publishedSlugs = await readPublishedSlugs(database)
  let origin = await readOrigin(database)
  const maker = snapshotMaker()
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let told = new Set<string>()
  let wake: Stop = () => {}
  let closed = false

  async function makeSnapshot(): Promise<Snapshot> {
    const left = await acquaint(records, { publication, database, minted }, clock.now())
    if (left.size > 0) {
      records = new Map([...records].filter(([path]) => !left.has(path)))
      for (const [slug, path] of publishedSlugs) publishedSlugs.set(slug, left.get(path) ?? path)
    }
    origin ??= await readOrigin(database)
    const problems = authors.problem === undefined ? [] : [authorsProblem(publication, authors.file, authors.problem)]
    const made = await maker.make({ publication, records, minted, origin: origin ?? publication.url, problems }, clock.now())
    const fresh = made.articles.filter(({ slug, path }) => publishedSlugs.get(slug) !== path)
    await recordPublishedSlugs(database, fresh, clock.now())
    for (const { slug, path } of fresh) publishedSlugs.set(slug, path)
    told = logProblems(log, made.problems, told)
    wake()
    const waitMs = made.nextDueAt ? made.nextDueAt.getTime() - clock.now().getTime() : undefined
    wake = waitMs === undefined ? () => {} : clock.after(waitMs, publishDue)
    return made
  }

  let snapshot = await makeSnapshot()

  async function publish(): Promise<void> {
    const made = await makeSnapshot()
    await nextTurn()
    if (isSameSnapshot(snapshot, made)) return
    snapshot = made
    for (const listener of listeners) {
      try {
        listener(made)
      } catch (error) {
        logError(log, error, 'a listener failed on a change of the articles')
      }
    }
  }

  let last: Promise<unknown> = Promise.resolve()
  /** Changes are taken in one after the other, so that an older state never overwrites a newer. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = last.then(() => (closed ? undefined : work()))
    last = turn.catch((error) => logError(log, error, 'a change of the articles was not taken in'))
    return turn
  }

  function publishDue(): void {
    const dueAt = snapshot.nextDueAt
    if (dueAt && dueAt <= clock.now()) inTurn(publish).catch(() => {})
  }

  async function take(paths: Iterable<string>): Promise<void> {
    const next = await readAgain(settings(), records, paths)
    if (!next) return
    records = next
    await publish()
  }

  async function readAll(): Promise<void> {
    authors = readAuthors(publication)
    records = await readRecords(settings())
    await publish()
  }

  function noticed(files: ReadonlySet<string>): void {
    inTurn(async () => {
      if (files.has(authors.file ?? '') || [...files].some(isAuthorsFile)) return readAll()
      const paths = new Set<string>()
      for (const file of files) {
        const path = relative(publication.articlesFolder, file).split(sep).join('/')
        if (isInside(publication.articlesFolder, file) && !isHidden(path) && mayBeArticle(path, publication.articles.isOwnFolder))
          paths.add(path)
        else for (const record of records.values()) if (record.madeFrom.includes(file)) paths.add(record.path)
      }
      if (paths.size > 0) await take(paths)
    }).catch(() => {})
  }

  async function beginWatch(): Promise<void> {
    // Loaded with the first watch: what is there is served first.
    const { watchFolders } = await import('./watch.ts')
    if (closed) return
    const { contentFolder, articlesFolder } = publication
    const folders = isInside(contentFolder, articlesFolder) ? [contentFolder] : [contentFolder, articlesFolder]
    watch = watchFolders(folders, noticed, (error) => {
      logWarning(log, error, 'changes of the articles may go unnoticed until the next start')
    })
    // What changed between the first reading and the first event.
    await watch.ready
    await inTurn(async () => take(await changedSince(settings(), records)))
  }

  let watch: Watch | undefined
  let watching: Promise<void> | undefined
  const stopTicks = clock.everyMinute(publishDue)

  return {
    current: () => snapshot,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    find(slug) {
      const article = snapshot.bySlug.get(slug)
      if (article) return { status: 'published', article }
      const path = publishedSlugs.get(slug)
      if (path === undefined) return { status: 'unknown' }
      const moved = snapshot.articles.find((other) => other.path === path)
      if (moved) return { status: 'moved', article: moved }
      const isBroken = snapshot.problems.some((problem) => problem.path === path && problem.severity === 'error')
      return { status: isBroken ? 'unknown' : 'gone' }
    },
    reload: (next) =>
      inTurn(async () => {
        const foldersMoved = next.contentFolder !== publication.contentFolder || next.articlesFolder !== publication.articlesFolder
        publication = next
        await readAll()
        if (!foldersMoved || !watching) return
        await watch?.close()
        watching = beginWatch()
        watching.catch(() => {})
      }),
    watch() {
      watching ??= beginWatch()
      return watching
    },
    async close() {
      if (closed) return
      closed = true
      wake()
      stopTicks()
      await watch?.close()
      await last
    },
  }
}

/** Reads all articles as they would be published at `now`, for a look that leaves no trace: ids are derived, not stored. */
export async function readArticles(publication: Publication, now: Date): Promise<Snapshot> {
  const authors = readAuthors(publication)
  const records = await readRecords({ publication, authors: authors.book })
  const minted = new Map<string, Minted>()
  for (const [path, { content, fingerprint }] of records) {
    const id = (content && takenOverId(content.parsed, publication)) ?? mintId(publication.url, path)
    minted.set(path, { id, firstSeenAt: now, fingerprint, textHash: undefined, textChangedAt: undefined })
  }
  const problems = authors.problem === undefined ? [] : [authorsProblem(publication, authors.file, authors.problem)]
  return snapshotMaker().make({ publication, records, minted, origin: publication.url, problems }, now)
}

function authorsProblem({ articlesFolder, contentFolder }: Publication, file: string | undefined, reason: string): ArticleProblem {
  const path = relative(articlesFolder, file ?? contentFolder)
    .split(sep)
    .join('/')
  return { severity: 'error', path, field: undefined, line: undefined, reason }
}

function isSameSnapshot(one: Snapshot, other: Snapshot): boolean {
  return (
    one.articles.length === other.articles.length &&
    one.articles.every((article, index) => article === other.articles[index]) &&
    one.nextDueAt?.getTime() === other.nextDueAt?.getTime() &&
    JSON.stringify([one.problems, one.unpublished]) === JSON.stringify([other.problems, other.unpublished])
  )
}

/** Logs what was not logged before; returns what stands. */
function logProblems(log: Log, problems: readonly ArticleProblem[], told: ReadonlySet<string>): Set<string> {
  const standing = new Set<string>()
  for (const { severity, path, field, line, reason } of problems) {
    const key = JSON.stringify([path, field, reason])
    standing.add(key)
    if (told.has(key)) continue
    log.warn({ path, field, line, reason }, severity === 'error' ? 'an article is left as it was' : 'a field of an article is left out')
  }
  return standing
}
