import { join } from 'node:path'
import type { Finding } from '../platform/finding.ts'
import type { Publication } from '../publication/publication.ts'
import type { Hiding, HidingKind, Snapshot } from './article.ts'

type Hidden = Pick<Snapshot, 'unlisted' | 'mailOnly' | 'hidden' | 'unpublished'>

/** Names each article that its author hides, except drafts: why, what follows, and the setting that shows it. */
export function lintHidden({ articlesFolder }: Publication, snapshot: Hidden): Finding[] {
  return hiddenIn(snapshot).flatMap(({ path, hiding }): Finding[] => {
    if (hiding.kind === 'draft') return []
    const reason = `hides the article (${hiding.words}): ${outcomeOf(hiding)}`
    return [{ severity: 'notice', file: join(articlesFolder, path), line: hiding.line ?? 1, field: hiding.field, reason }]
  })
}

/** Every hidden article with its reason, drafts included. */
export function hiddenIn({ unlisted, mailOnly, hidden, unpublished }: Hidden): { readonly path: string; readonly hiding: Hiding }[] {
  const all = [
    ...hidden.map(({ article, hiding }) => ({ path: article.path, hiding })),
    ...[...mailOnly, ...unlisted].map(({ path, hiding }) => ({ path, hiding })),
    ...unpublished,
  ]
  return all.flatMap(({ path, hiding }) => (hiding ? [{ path, hiding }] : []))
}

const outcomes: Readonly<Record<HidingKind, string>> = {
  draft: 'it is not published',
  private: 'it is not published, and no setting shows it',
  protected: 'it is not published. To show it: articles: { show: [protected] }',
  expired: 'it is no longer published. To show it: articles: { show: [expired] }',
  unlisted: 'only its page is served, with noindex. To show it everywhere: articles: { show: [unlisted] }',
}

function outcomeOf({ kind, field }: Hiding): string {
  return field === 'mail' ? 'it is in digests only, without a page' : outcomes[kind]
}
