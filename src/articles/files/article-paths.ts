import type { LeftOut } from '../article.ts'
import { isMarkdown, isNearlyMarkdown, withoutExtension } from './file-name.ts'

/** Folders of generators that contain Markdown but no articles. */
const otherFolders = new Set(
  '_layouts _includes _data _sass _site _templates _drafts drafts draft archetypes layouts themes vendor templates partials bower_components dist build examplesite'.split(
    ' ',
  ),
)
/** Names of pages of a blog or its repository. Such a file is an article only if it has a date. */
const pageNames =
  /^(?:readme|licen[cs]e|copying|changelog|changes|history|contributing|contributors|code[-_]of[-_]conduct|security|support|authors|todo|notice|funding|pull_request_template|issue_template|about|contact|archives?|search|tags|categories|index|home|now|uses|imprint|privacy)$/i

/** Whether the name is that of a Markdown file, or nearly so. Every such file is accounted for. */
export function isMarkdownLike(path: string): boolean {
  return isMarkdown(path) || isNearlyMarkdown(path)
}

/** Why a file is not an article. */
export type NotArticle = Pick<LeftOut, 'reason' | 'detail'>

/** Why a Markdown-like file cannot be an article, by its path below the articles folder. In `articles/` nearly every one may be. */
export function whyNotArticle(path: string, isOwnFolder: boolean): NotArticle | undefined {
  if (!isMarkdown(path)) return { reason: 'other_name', detail: 'is not read: its name does not end in .md or the like' }
  const segments = path.split('/')
  const name = withoutExtension(segments.at(-1) ?? '')
  if (/^_index(?:\.[\w-]+)?$/i.test(name)) return { reason: 'section', detail: 'is the page of a section' }
  if (name === '404') return { reason: 'page', detail: 'is a page by its name' }
  const folders = segments.slice(0, -1)
  const found = folders.find((folder) => (isOwnFolder ? draftFolders : otherFolders).has(folder.toLowerCase()))
  if (found !== undefined) {
    return /drafts?$/i.test(found)
      ? { reason: 'draft', detail: `is a draft: it is in ${found}/` }
      : { reason: 'template', detail: `is in ${found}/, which holds no articles` }
  }
  return name.startsWith('_') && !isOwnFolder ? { reason: 'partial', detail: 'is a partial: its name begins with _' } : undefined
}

const draftFolders = new Set(['drafts', '_drafts'])

/** Jekyll and Hexo keep articles in `_posts`, and pages anywhere else. */
export function isAmongPosts(path: string): boolean {
  return /(?:^|\/)_posts\//.test(path)
}

/** Jekyll's `_posts` lies anywhere, Hexo's in `source`. `file` is absolute. */
export function isJekyllPost(file: string): boolean {
  const folders = file.split(/[/\\]/)
  const at = folders.lastIndexOf('_posts')
  return at > 0 && folders[at - 1] !== 'source'
}

/** Whether the name is that of a page, so that the file needs no warning that it is not an article. */
export function isPageByName(path: string): boolean {
  const name = withoutExtension(path.slice(path.lastIndexOf('/') + 1))
  return pageNames.test(name) || /^readme[._-]/i.test(name)
}
