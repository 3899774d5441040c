import { relative, sep } from 'node:path'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/log.ts'
import type { DialectsInUse } from '../publication/dialects.ts'
import { noteNameOf } from '../publication/note-names.ts'
import type { Publication } from '../publication/publication.ts'
import type { ArticleProblem, Hiding, Snapshot } from './article.ts'
import { authorsProblems, bookFor, type ReadAuthors, readAuthors } from './authors.ts'
import { knownDialects, readNewDialects, readWithDialects } from './dialects-in-use.ts'
import { isMarkdownLike } from './files/article-paths.ts'
import { isAuthorsFile } from './files/authors-file.ts'
import { changedSince, type FileIndex, readAgain, stampNow } from './files/file-index.ts'
import { isHidden, isInside, listFolder } from './files/folder.ts'
import { isFolderMissing } from './files/missing.ts'
import { reconcile } from './identity.ts'
import { hiddenIn } from './lint-hidden.ts'
import type { ParseSettings } from './parse.ts'
import { snapshotMaker } from './snapshot.ts'
import {
  type Minted,
  readDialects,
  readMinted,
  readOrigin,
  readPublishedSlugs,
  recordDialects,
  recordPublishedSlugs,
  recordReport,
} from './store.ts'
import { dateByFirstSeen, readUndated, type UndatedDates, undatedProblems } from './undated.ts'

export interface ArticlesContext {
  readonly publication: Publication
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

/** Reads all files and their rows in the database. */
export async function openArticleSource(context: ArticlesContext): Promise<ArticleSource> {
  const { publication, database, clock } = context
  const stored = await readDialects(database)
  const minted = await readMinted(database)
  const undated = await readUndated({ publication, database, minted, now: () => clock.now() })
  const { authors, index, dialects } = await readFolder(publication, undated, knownDialects(publication, stored))
  const publishedSlugs = await readPublishedSlugs(database)
  const origin = await readOrigin(database)
  return new ArticleSource(context, { authors, index, dialects, stored, minted, undated, publishedSlugs, origin })
}

/** Reads all files below the articles folder, with the dialects that are known and those that the files show. */
export async function readFolder(
  publication: Publication,
  undated: UndatedDates,
  known: DialectsInUse,
): Promise<{ readonly authors: ReadAuthors; readonly index: FileIndex; readonly dialects: DialectsInUse }> {
  const { paths, authorsFiles } = await listFolder(publication)
  const authors = readAuthors(publication, authorsFiles)
  return { authors, ...(await readWithDialects(parseSettings(publication, authors, undated), paths, known)) }
}

function parseSettings(publication: Publication, authors: ReadAuthors, { at }: UndatedDates): Omit<ParseSettings, 'dialects'> {
  const settings = { publication, authors: authors.book, authorsFor: (path: string) => bookFor(authors, path) }
  return at ? { ...settings, undatedAt: at } : settings
}

interface Opened {
  readonly authors: ReadAuthors
  readonly index: FileIndex
  readonly dialects: DialectsInUse
  /** Dialects found before, with the reason then. */
  readonly stored: DialectsInUse
  readonly minted: Map<string, Minted>
  readonly undated: UndatedDates
  readonly publishedSlugs: Map<string, string>
  readonly origin: string | undefined
}

/** Source of snapshots: the files as last read, and their rows in the database. Callers must not run two calls at once. */
export class ArticleSource {
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #minted: Map<string, Minted>
  /** Slug → path of the file published under it, now or earlier. */
  readonly #publishedSlugs: Map<string, string>
  /** Paths that an earlier start published. */
  readonly #publishedBefore: ReadonlySet<string>
  readonly #maker = snapshotMaker()
  #publication: Publication
  #authors: ReadAuthors
  #index: FileIndex
  #undated: UndatedDates
  #dialects: DialectsInUse
  #stored: DialectsInUse
  #origin: string | undefined
  #logged = new Set<string>()
  /** Stamps of the files that articles depend on, as last seen by `changedOthers`. */
  #otherStamps: ReadonlyMap<string, string | undefined> | undefined
  /** Since when the articles are missing, with their folder. */
  #missingSince: Date | undefined

  constructor({ publication, database, clock, log }: ArticlesContext, opened: Opened) {
    this.#database = database
    this.#clock = clock
    this.#log = log
    this.#publication = publication
    this.#authors = opened.authors
    this.#index = opened.index
    this.#dialects = opened.dialects
    this.#stored = opened.stored
    this.#minted = opened.minted
    this.#undated = opened.undated
    this.#publishedSlugs = opened.publishedSlugs
    this.#publishedBefore = new Set(opened.publishedSlugs.values())
    this.#origin = opened.origin
    // A start without the folder: what it held may come back.
    if (opened.index.size === 0 && opened.publishedSlugs.size > 0) this.#missingSince = clock.now()
  }

  /** Whether the articles folder was missing when it was last read. */
  get hasMissing(): boolean {
    return this.#missingSince !== undefined
  }

  /** Whether the articles folder is missing, for a shorter time than `articles.missing_for`. Its articles stay in service. */
  isMissing(): boolean {
    const { missingForMs } = this.#publication.articles
    return this.#missingSince !== undefined && this.#clock.now().getTime() - this.#missingSince.getTime() < missingForMs
  }

  get publication(): Publication {
    return this.#publication
  }

  /** The file published under the slug, now or earlier. */
  pathOf(slug: string): string | undefined {
    return this.#publishedSlugs.get(slug)
  }

  /** `isForced`: the operator says that a missing folder is meant. */
  async readAll(publication = this.#publication, isForced = false): Promise<void> {
    this.#publication = publication
    await this.#readUndated()
    const { authors, index, dialects } = await readFolder(publication, this.#undated, knownDialects(publication, this.#stored))
    if (isForced) this.#missingSince = undefined
    else if (await this.#isWithheld(index)) return
    this.#authors = authors
    this.#index = index
    this.#dialects = dialects
  }

  /** Returns false if none of these files changed. */
  async readAgain(paths: Iterable<string>): Promise<boolean> {
    if (this.#publication.articles.undated === 'git') await this.#readUndated()
    const next = await readAgain(this.#settings(), this.#index, paths)
    if (!next || (await this.#isWithheld(next))) return false
    const { index, dialects } = await readNewDialects(this.#settings(), next, this.#dialects)
    this.#index = index
    this.#dialects = dialects
    return true
  }

  /** Whether `next` must wait, because the folder of the articles is missing. */
  async #isWithheld(next: FileIndex): Promise<boolean> {
    const isGone = next.size < this.#index.size && (await isFolderMissing(this.#settings(), this.#index))
    if (!isGone) {
      if (next.size > 0 && this.#missingSince) this.#log.info('the articles folder is back')
      if (next.size > 0) this.#missingSince = undefined
      return false
    }
    if (!this.#missingSince) {
      this.#missingSince = this.#clock.now()
      const until = new Date(this.#missingSince.getTime() + this.#publication.articles.missingForMs)
      this.#log.warn(
        { folder: this.#publication.articlesFolder, articles: this.#index.size, until },
        'the articles folder is missing or empty: its articles stay in service for articles.missing_for',
      )
    }
    return this.isMissing()
  }

  /** Article files that changed since they were read. */
  changedPaths(): Promise<string[]> {
    return changedSince(this.#settings(), this.#index)
  }

  /** Files without a date that git knows by now, because they were committed. */
  async newlyDated(): Promise<string[]> {
    if (this.#publication.articles.undated !== 'git') return []
    const waiting = [...this.#index.values()].filter(({ content, fingerprint }) => !content && fingerprint !== '')
    if (waiting.length === 0) return []
    const before = this.#undated
    await this.#readUndated()
    if (this.#undated.git === before.git && this.#undated.problem === before.problem) return []
    return waiting.flatMap(({ path }) => (this.#undated.at?.(path) && !before.at?.(path) ? [path] : []))
  }

  async #readUndated(): Promise<void> {
    const context = { publication: this.#publication, database: this.#database, minted: this.#minted, now: () => this.#clock.now() }
    this.#undated = await readUndated(context, this.#undated)
  }

  /** Pictures, attachments and the authors' file that changed since the last call. Absolute paths. */
  changedOthers(): Set<string> {
    const now = new Map<string, string | undefined>()
    for (const { dependsOn } of this.#index.values()) for (const file of dependsOn) if (!now.has(file)) now.set(file, stampNow(file))
    for (const file of this.#authors.files) now.set(file, stampNow(file))
    const before = this.#otherStamps
    this.#otherStamps = now
    return new Set(before && [...now.keys()].filter((file) => before.has(file) && before.get(file) !== now.get(file)))
  }

  areAuthorsAmong(files: ReadonlySet<string>): boolean {
    return this.#authors.files.some((file) => files.has(file)) || [...files].some(isAuthorsFile)
  }

  /** Paths of the articles that these files are, or that depend on them. */
  pathsOf(files: ReadonlySet<string>): Set<string> {
    const { articlesFolder } = this.#publication
    const paths = new Set<string>()
    for (const file of files) {
      const path = relative(articlesFolder, file).split(sep).join('/')
      if (noteNameOf(this.#publication, file)) continue
      if (isInside(articlesFolder, file) && !isHidden(path) && isMarkdownLike(path)) paths.add(path)
      else for (const record of this.#index.values()) if (record.dependsOn.includes(file)) paths.add(record.path)
    }
    return paths
  }

  /** Mints ids for new files, keeps the ids of renamed ones, and logs new problems. */
  async makeSnapshot(): Promise<Snapshot> {
    const database = this.#database
    await this.#keepDialects()
    await this.#keepIds()
    this.#index = dateByFirstSeen(this.#index, this.#minted)
    this.#origin ??= await readOrigin(database)
    const sources = {
      publication: this.#publication,
      index: this.#index,
      minted: this.#minted,
      publishedSlugs: this.#publishedSlugs,
      origin: this.#origin ?? this.#publication.url,
      problems: [...authorsProblems(this.#publication, this.#authors), ...undatedProblems(this.#publication, this.#undated)],
      dialects: this.#dialects,
    }
    const snapshot = await this.#maker.make(sources, this.#clock.now())
    const fresh = [...snapshot.bySlug.values()].filter(({ slug, path }) => this.#publishedSlugs.get(slug) !== path)
    await recordPublishedSlugs(database, fresh, this.#clock.now())
    for (const { slug, path } of fresh) this.#publishedSlugs.set(slug, path)
    this.#logged = logProblems(this.#log, snapshot.problems, this.#logged)
    return snapshot
  }

  /**
   * Once for each database: counts the articles that were published and are hidden since their fields are understood.
   */
  async reportHidden(snapshot: Snapshot): Promise<void> {
    if (!(await recordReport(this.#database, 'hidden-articles', this.#clock.now()))) return
    const paths = new Set(hiddenIn(snapshot).flatMap(({ path, hiding }) => (wasHiddenBefore(hiding) ? [] : [path])))
    const articles = [...paths].filter((path) => this.#publishedBefore.has(path)).length
    if (articles === 0) return

    this.#log.warn(
      { articles },
      `published articles that are no longer shown, because their authors hide them: ${articles}; npx broadsheet check names them`,
    )
  }

  /** Stores dialects that were found, so that a deleted file does not change how the others are read. */
  async #keepDialects(): Promise<void> {
    if (this.#publication.articles.dialects !== 'auto') return
    const fresh = new Map([...this.#dialects].filter(([dialect]) => !this.#stored.has(dialect)))
    if (fresh.size === 0) return
    await recordDialects(this.#database, fresh, this.#clock.now())
    this.#stored = new Map([...this.#stored, ...fresh])
    for (const [dialect, why] of fresh) this.#log.info({ dialect, why }, 'articles are read in a dialect that was found in use')
  }

  async #keepIds(): Promise<void> {
    const known = { publication: this.#publication, database: this.#database, minted: this.#minted }
    const renamed = await reconcile(this.#index, known, this.#clock.now())
    if (renamed.size === 0) return
    this.#index = new Map([...this.#index].filter(([path]) => !renamed.has(path)))
    for (const [slug, path] of this.#publishedSlugs) this.#publishedSlugs.set(slug, renamed.get(path) ?? path)
  }

  #settings(): ParseSettings {
    return { ...parseSettings(this.#publication, this.#authors, this.#undated), dialects: new Set(this.#dialects.keys()) }
  }
}

/** Whether 0.1.0 understood the field: its articles stopped being shown long ago. */
function wasHiddenBefore({ field }: Hiding): boolean {
  const name = (field.split('.').at(-1) ?? '').toLowerCase().replace(/[-_ ]/g, '')
  return /^(?:(?:is)?(?:draft|hidden|published)|unlisted|private|headless|eleventyexcludefromcollections|publish|status|state)$/.test(name)
}
/** Further problems are counted. */
const maxLogged = 20

/** Logs problems that were not logged before. Returns the keys of all current problems. */
function logProblems(log: Log, problems: readonly ArticleProblem[], logged: ReadonlySet<string>): Set<string> {
  const current = new Set<string>()
  let count = 0
  for (const { severity, path, field, line, reason } of problems) {
    const key = JSON.stringify([path, field, reason])
    current.add(key)
    if (logged.has(key) || ++count > maxLogged) continue
    log.warn(
      { path, field, line, reason },
      severity === 'error' ? 'article file has an error and was not read' : 'article file has a warning',
    )
  }
  if (count > maxLogged) log.warn(`${count - maxLogged} more problems with articles: npx broadsheet check`)
  return current
}
