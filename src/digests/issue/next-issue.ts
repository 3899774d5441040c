import type { Article, Snapshot } from '../../articles/article.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import type { DigestsContext } from '../context.ts'
import { contentOf } from '../edition/edition.ts'
import { subjectOf } from '../edition/subject.ts'
import { type Choice, chooseArticles, isAbout } from './choose-articles.ts'
import { isFirstIssue } from './create-issue.ts'
import { readLastIssue } from './issue-store.ts'
import { readLedger } from './ledger-store.ts'

/** The articles of the next issue, as if it were created now. */
export interface NextChoice extends Choice {
  readonly number: number
  /** Ids of the articles that this digest has sent or excluded. */
  readonly inLedger: ReadonlySet<string>
}

export interface NextIssue {
  readonly number: number
  /** Undefined without articles. */
  readonly subject: string | undefined
  /** Newest first: the first `maxArticles` are cards, the rest are links. */
  readonly included: readonly Article[]
  readonly leftOut: readonly LeftOutArticles[]
}

/** Why articles that this digest has not carried are not in its next issue. */
export type LeftOutKind = 'first' | 'topic' | 'waiting' | 'hidden' | 'draft' | 'faulty'

export interface LeftOutArticles {
  readonly kind: LeftOutKind
  readonly articles: readonly LeftOutArticle[]
}

export interface LeftOutArticle {
  /** The file, relative to the articles folder. */
  readonly path: string
  readonly title: string
  /** When it is published; only of waiting ones. */
  readonly at?: Date
  /** Such as `protected: password`; only of hidden and faulty ones. */
  readonly words?: string
}

/** Chooses what the next issue carries if it is created now. Changes nothing. */
export async function chooseNext(context: DigestsContext, definition: DigestDefinition): Promise<NextChoice> {
  const { database } = context
  const inLedger = await readLedger(database, definition.name)
  const choice = chooseArticles(definition, context.articles().inMail, inLedger, await isFirstIssue(database, definition))
  return { ...choice, inLedger, number: ((await readLastIssue(database, definition.name))?.number ?? 0) + 1 }
}

/** What the next issue carries, and what it leaves out and why. Renders nothing. */
export async function planNextIssue(context: DigestsContext, definition: DigestDefinition): Promise<NextIssue> {
  const publication = context.publication()
  const next = await chooseNext(context, definition)
  const { included, number } = next
  const content = contentOf(publication, definition, included)
  const head = { digest: definition.name, number, date: longDate(publication, context.clock.now()) }
  return {
    number,
    subject: included.length > 0 ? subjectOf(publication, head, content, content.articles) : undefined,
    included,
    leftOut: leftOutOf(context.articles(), definition, next),
  }
}

function leftOutOf(snapshot: Snapshot, definition: DigestDefinition, { excluded, inLedger }: NextChoice): LeftOutArticles[] {
  const named = ({ path, title }: Article): LeftOutArticle => ({ path, title })
  const isOpen = (article: Article) => !inLedger.has(article.id)
  const hidden = [
    ...[...snapshot.articles, ...snapshot.unlisted]
      .filter((article) => !article.isInMail && isOpen(article))
      .map((article) => ({ ...named(article), words: article.hiding?.words ?? 'mail: never' })),
    ...snapshot.hidden.map(({ article, hiding }) => ({ ...named(article), words: hiding.words })),
  ]
  const groups: Readonly<Record<LeftOutKind, readonly LeftOutArticle[]>> = {
    first: excluded.map(({ article }) => named(article)),
    topic: snapshot.inMail.filter((article) => isOpen(article) && !isAbout(definition, article)).map(named),
    waiting: snapshot.unpublished.flatMap(({ path, title, publishedAt }) => (publishedAt ? [{ path, title, at: publishedAt }] : [])),
    hidden: [
      ...hidden,
      ...snapshot.unpublished.flatMap(({ path, title, publishedAt, hiding }) =>
        publishedAt === undefined && hiding?.kind === 'private' ? [{ path, title, words: hiding.words }] : [],
      ),
    ],
    draft: snapshot.unpublished.flatMap(({ path, title, publishedAt, hiding }) =>
      publishedAt === undefined && hiding?.kind !== 'private' ? [{ path, title }] : [],
    ),
    faulty: snapshot.leftOut.flatMap(({ path, reason, detail }) => (reason === 'error' ? [{ path, title: path, words: detail }] : [])),
  }
  return Object.entries(groups).flatMap(([kind, articles]) => (articles.length > 0 ? [{ kind: kind as LeftOutKind, articles }] : []))
}
