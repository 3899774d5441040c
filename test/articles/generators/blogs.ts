import { hugoAndZola } from './hugo-and-zola.ts'
import { jekyllAndHexo } from './jekyll-and-hexo.ts'
import { scripted } from './scripted.ts'

/** A folder in the shape that a generator gives it. */
export interface Blog {
  readonly name: string
  /** Its publication.yaml. */
  readonly publication: string
  /** By path below the content folder; PNG stands for a picture. */
  readonly files: Readonly<Record<string, string>>
  /** Of its articles, newest first. */
  readonly titles: readonly string[]
}

export const blogs: readonly Blog[] = [...hugoAndZola, ...jekyllAndHexo, ...scripted]
