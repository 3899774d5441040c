import { join, resolve } from 'node:path'
import type { Publication } from '../publication/publication.ts'
import type { Article, ArticleProblem, Hiding, Snapshot, Unpublished } from './article.ts'
import { readPath } from './files/file-name.ts'

/** Result of looking up an article by name. */
export type Named =
  | { readonly status: 'published'; readonly article: Article }
  /** It has no page, because it is protected or has expired. */
  | { readonly status: 'hidden'; readonly path: string; readonly article: Article; readonly hiding: Hiding }
  | { readonly status: 'draft' | 'private'; readonly path: string; readonly hiding: Hiding | undefined }
  /** Dated in the future. */
  | { readonly status: 'waits'; readonly path: string; readonly until: Date }
  /** The file has errors. */
  | { readonly status: 'faulty'; readonly path: string; readonly problems: readonly ArticleProblem[] }
  /** Not an article, or left out for another reason. `detail` is a predicate. */
  | { readonly status: 'left_out'; readonly path: string; readonly detail: string }

/**
 * Finds an article by slug, id or file path. A path is relative to `folder`, the content folder or the articles folder.
 * Published articles come first. Returns undefined if nothing matches.
 */
export function findNamed(
  { contentFolder, articlesFolder }: Publication,
  { articles, unlisted, mailOnly, hidden, bySlug, byId, unpublished, problems, leftOut }: Snapshot,
  name: string,
  folder?: string,
): Named | undefined {
  const files = [folder, contentFolder, articlesFolder].flatMap((base) => (base === undefined ? [] : [resolve(base, name)]))
  const isFile = ({ path }: { readonly path: string }) => files.includes(join(articlesFolder, path))
  const article =
    bySlug.get(name) ?? byId.get(name) ?? articles.find(isFile) ?? unlisted.find(isFile) ?? findMailOnly(mailOnly, name, isFile)
  if (article) return { status: 'published', article }
  const found = hidden.find((one) => one.article.slug === name || one.article.id === name) ?? hidden.find((one) => isFile(one.article))
  if (found) return { status: 'hidden', path: found.article.path, ...found }
  const waiting = unpublished.find(({ slug }) => slug === name) ?? unpublished.find(isFile)
  if (waiting) return stateOf(waiting)
  const hasName = (problem: ArticleProblem) => isFile(problem) || readPath(problem.path).slug === name
  const path = problems.find((problem) => problem.severity === 'error' && hasName(problem))?.path ?? problems.find(hasName)?.path
  if (path === undefined) {
    const other = leftOut.find(isFile) ?? leftOut.find((one) => readPath(one.path).slug === name)
    return other && { status: 'left_out', path: other.path, detail: other.detail }
  }
  if ([...bySlug.values()].some((one) => one.path === path)) return undefined
  return { status: 'faulty', path, problems: problems.filter((problem) => problem.path === path) }
}

function findMailOnly(mailOnly: readonly Article[], name: string, isFile: (article: Article) => boolean): Article | undefined {
  return mailOnly.find(({ slug, id }) => slug === name || id === name) ?? mailOnly.find(isFile)
}

/** Why the article is not published, as a predicate to follow its path. */
export function whyUnpublished(named: Exclude<Named, { status: 'published' }>): string {
  switch (named.status) {
    case 'draft':
      return 'is a draft'
    case 'private':
      return `is ${named.hiding?.words ?? 'private'}`
    case 'hidden':
      return whyHidden(named.hiding)
    case 'waits':
      return `waits until ${named.until.toISOString()}`
    case 'faulty':
      return 'is not published: its file has an error'
    case 'left_out':
      return named.detail
  }
}

/** The same for a hidden article, such as `expired on 2026-11-10` or `is protected: password`. */
export function whyHidden({ kind, words }: Hiding): string {
  return kind === 'expired' ? words : `is ${words}`
}

function stateOf({ path, publishedAt, hiding }: Unpublished): Named {
  if (publishedAt !== undefined) return { status: 'waits', path, until: publishedAt }
  return { status: hiding?.kind === 'private' ? 'private' : 'draft', path, hiding }
}
