import { dayIn } from '../../platform/time-zones.ts'
import { withoutExtension } from '../files/file-name.ts'
import type { ParsedArticle } from '../parsed-article.ts'
import { sitePath } from './article-urls.ts'
import type { LinkKind } from './link-kind.ts'

/** Finds the path of an article's file. An ambiguous name finds nothing. */
export interface PageIndex {
  find(to: string, kind: Exclude<LinkKind, 'file'>): string | undefined
}

/** URL folders that blogs commonly use for articles. */
const usualFolders = ['', '/blog', '/posts', '/post', '/articles']

export function indexPages(
  articles: Iterable<{ readonly parsed: ParsedArticle; readonly slug: string; readonly url: string }>,
  timezone: string,
): PageIndex {
  // `null` marks a key that several articles share.
  const pages = new Map<string, string | null>()
  const names = new Map<string, string | null>()
  for (const { parsed, slug, url } of articles) {
    const { path } = parsed
    const file = sitePath(`/${withoutExtension(path)}`).slice(1)
    const [year, month, day] = dayIn(timezone, parsed.publishedAt).split('-')
    const lower = slug.toLowerCase()
    const dated = `${year}/${month}/${day}/${lower}`
    for (const page of new Set([
      ...parsed.formerAddresses,
      `/${file}`,
      sitePath(url),
      `/${dated}`,
      `/${year}/${month}/${lower}`,
      ...usualFolders.map((folder) => `${folder}/${lower}`),
    ])) {
      addKey(pages, page, path)
    }
    const last = file.split('/').at(-1) ?? file
    for (const name of new Set([file, last, lower, parsed.facts.name.toLowerCase(), `${year}-${month}-${day}-${lower}`]))
      addKey(names, name, path)
  }
  return {
    find(to, kind) {
      if (kind === 'page') return pages.get(sitePath(to)) ?? undefined
      const name = sitePath(to.replace(/^(?:\.{1,2}\/)+/, '').replace(/^@?\/?(?:_posts\/)?/, '')).slice(1)
      return names.get(name) ?? pages.get(`/${name}`) ?? names.get(name.split('/').at(-1) ?? '') ?? undefined
    },
  }
}

function addKey(index: Map<string, string | null>, key: string, path: string): void {
  const known = index.get(key)
  index.set(key, known === undefined || known === path ? path : null)
}
