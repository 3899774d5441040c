import { hugoAndZola } from './hugo-and-zola.ts'
import { jekyllAndHexo } from './jekyll-and-hexo.ts'
import { scripted } from './scripted.ts'

/** A content folder as one generator lays it out. */
export interface Blog {
  readonly name: string
  /** Text of its publication.yaml. */
  readonly publication: string
  /** Text by path below the content folder. `PNG` becomes a picture. */
  readonly files: Readonly<Record<string, string>>
  /** Expected titles, newest first. */
  readonly titles: readonly string[]
}

export const blogs: readonly Blog[] = [...hugoAndZola, ...jekyllAndHexo, ...scripted]
