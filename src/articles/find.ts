import { join, resolve } from 'node:path'
import type { Publication } from '../publication/publication.ts'
import type { Article, ArticleProblem, Snapshot, Unpublished } from './article.ts'
import { readPath } from './files/file-name.ts'

/** What there is of the article that somebody names. */
export type Named =
  | { readonly status: 'published'; readonly article: Article }
  | { readonly status: 'draft'; readonly path: string }
  /** It bears a date ahead. */
  | { readonly status: 'waits'; readonly path: string; readonly until: Date }
  /** The file is no article, for these reasons. */
  | { readonly status: 'faulty'; readonly path: string; readonly problems: readonly ArticleProblem[] }

/**
 * Finds by slug, id, or the path of a file: as it is called from `folder`, or relative to the content or the articles folder.
 * What is published is looked through first. Undefined where nothing of that name is there.
 */
export function findNamed(
  { contentFolder, articlesFolder }: Publication,
  { articles, bySlug, byId, unpublished, problems }: Snapshot,
  name: string,
  folder?: string,
): Named | undefined {
  const files = [folder, contentFolder, articlesFolder].flatMap((base) => (base === undefined ? [] : [resolve(base, name)]))
  const isFile = ({ path }: { readonly path: string }) => files.includes(join(articlesFolder, path))
  const article = bySlug.get(name) ?? byId.get(name) ?? articles.find(isFile)
  if (article) return { status: 'published', article }
  const kept = unpublished.find(({ slug }) => slug === name) ?? unpublished.find(isFile)
  if (kept) return stateOf(kept)
  const isOfName = (problem: ArticleProblem) => isFile(problem) || readPath(problem.path).slug === name
  const path = problems.find((problem) => problem.severity === 'error' && isOfName(problem))?.path ?? problems.find(isOfName)?.path
  if (path === undefined || articles.some((one) => one.path === path)) return undefined
  return { status: 'faulty', path, problems: problems.filter((problem) => problem.path === path) }
}

/** Why it is not to be had, as a sentence ends that begins with its path. */
export function whyUnpublished(named: Exclude<Named, { status: 'published' }>): string {
  switch (named.status) {
    case 'draft':
      return 'is a draft'
    case 'waits':
      return `waits until ${named.until.toISOString()}`
    case 'faulty':
      return 'is not published: its file has a fault'
  }
}

function stateOf({ path, publishedAt }: Unpublished): Named {
  return publishedAt === undefined ? { status: 'draft', path } : { status: 'waits', path, until: publishedAt }
}
