import { isMarkdown, withoutExtension } from './file-name.ts'

/** Folders of generators that contain Markdown but no articles. */
const otherFolders = new Set(
  '_layouts _includes _data _sass _site _templates _drafts drafts draft archetypes layouts themes vendor templates partials bower_components dist build examplesite'.split(
    ' ',
  ),
)
/** Names of pages of a blog or its repository. Such a file is an article only if it has a date. */
const pageNames =
  /^(?:readme|licen[cs]e|copying|changelog|changes|history|contributing|contributors|code[-_]of[-_]conduct|security|support|authors|todo|notice|funding|pull_request_template|issue_template|about|contact|archives?|search|tags|categories|index|home|now|uses|imprint|privacy)$/i

/** Whether a file may be an article, by its path below the articles folder. In `articles/` nearly every Markdown file may. */
export function mayBeArticle(path: string, isOwnFolder: boolean): boolean {
  if (!isMarkdown(path)) return false
  const segments = path.split('/')
  const name = withoutExtension(segments.at(-1) ?? '')
  if (/^(?:_index(?:\.[\w-]+)?|404)$/i.test(name)) return false
  const folders = segments.slice(0, -1).map((segment) => segment.toLowerCase())
  if (folders.some((folder) => folder === 'drafts' || folder === '_drafts')) return false
  if (isOwnFolder) return true
  return !name.startsWith('_') && !folders.some((folder) => otherFolders.has(folder))
}

/** Jekyll and Hexo keep articles in `_posts`, and pages anywhere else. */
export function isAmongPosts(path: string): boolean {
  return /(?:^|\/)_posts\//.test(path)
}

/** Whether the name is that of a page, so that the file needs no warning that it is not an article. */
export function isPageByName(path: string): boolean {
  const name = withoutExtension(path.slice(path.lastIndexOf('/') + 1))
  return pageNames.test(name) || /^readme[._-]/i.test(name)
}
