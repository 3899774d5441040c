import { isMarkdown, withoutExtension } from './file-name.ts'

/** Folders of generators that hold Markdown and no articles. */
const otherFolders = new Set(
  '_layouts _includes _data _sass _site _templates _drafts drafts draft archetypes layouts themes vendor templates partials bower_components dist build examplesite'.split(
    ' ',
  ),
)
/** Pages that belong to the blog or to its repository. They are articles where they bear a date. */
const pageNames =
  /^(?:readme|licen[cs]e|copying|changelog|changes|history|contributing|contributors|code[-_]of[-_]conduct|security|support|authors|todo|notice|funding|pull_request_template|issue_template|about|contact|archives?|search|tags|categories|index|home|now|uses|imprint|privacy)$/i

/** Whether a Markdown file, by its path below the articles folder, may be an article at all. In our own folder nearly all may. */
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

/** Jekyll and Hexo keep articles in folders of this name, and pages anywhere else. */
export function isAmongPosts(path: string): boolean {
  return /(?:^|\/)_posts\//.test(path)
}

/** Whether nobody would take a file for an article, so that there is no need to say that it is none. */
export function isPageByName(path: string): boolean {
  const name = withoutExtension(path.slice(path.lastIndexOf('/') + 1))
  return pageNames.test(name) || /^readme[._-]/i.test(name)
}
