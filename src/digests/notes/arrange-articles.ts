import type { Article, Snapshot } from '../../articles/article.ts'
import { findNamed } from '../../articles/find.ts'
import type { Finding } from '../../platform/finding.ts'
import type { Publication } from '../../publication/publication.ts'
import type { ChosenNote } from './choose-note.ts'

/** The articles of an issue as its note arranges them. */
export interface Arranged<A extends { readonly id: string }> {
  readonly included: readonly A[]
  /** These wait for the next issue. */
  readonly postponed: readonly A[]
  readonly excluded: readonly A[]
  /** Ids of the articles that the note puts first. */
  readonly led: readonly string[]
  /** Names that no article has. The issue must wait: a misspelt `exclude` cannot be taken back. */
  readonly faults: readonly Finding[]
}

/** Finds an article by slug, id or file; also one that is not published. Undefined: there is none. */
export type FindArticleId = (name: string) => { readonly id: string | undefined } | undefined

export function articleIdFinder(publication: Publication, snapshot: Snapshot): FindArticleId {
  return (name) => {
    const named = findNamed(publication, snapshot, name)
    if (!named) return undefined
    return { id: named.status === 'published' || named.status === 'hidden' ? named.article.id : undefined }
  }
}

/** Puts `lead` first, then `order`, then the others as they are. Removes what waits or is excluded. */
export function arrangeArticles<A extends Pick<Article, 'id'>>(
  articles: readonly A[],
  chosen: ChosenNote,
  find: FindArticleId,
): Arranged<A> {
  const { note, lines, file } = chosen
  if (!note) return { included: articles, postponed: [], excluded: [], led: [], faults: [] }
  const faults: Finding[] = []
  const idsOf = (field: string, names: readonly string[]) =>
    names.flatMap((name) => {
      const found = find(name)
      if (!found) {
        const reason = `${field} names no article: ${name.slice(0, 120)}. Write its slug or file`
        faults.push({ severity: 'error', file: file?.path, line: lines.get(field), field, reason })
      }
      return found?.id === undefined ? [] : [found.id]
    })
  const led = [...new Set([...idsOf('lead', note.lead === undefined ? [] : [note.lead]), ...idsOf('order', note.order)])]
  const excluded = new Set(idsOf('exclude', note.exclude))
  const postponed = new Set(idsOf('postpone', note.postpone))
  const rest = articles.filter(({ id }) => !excluded.has(id) && !postponed.has(id))
  const first = led.flatMap((id) => rest.filter((one) => one.id === id))
  return {
    included: [...first, ...rest.filter(({ id }) => !led.includes(id))],
    postponed: articles.filter(({ id }) => postponed.has(id) && !excluded.has(id)),
    excluded: articles.filter(({ id }) => excluded.has(id)),
    led: first.map(({ id }) => id),
    faults,
  }
}
