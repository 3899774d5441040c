import type { Dialect } from '../../publication/dialects.ts'

/** The dialects that a body is read with. */
export type Dialects = ReadonlySet<Dialect>

/** Context for normalising the body of an article. */
export interface NormaliseContext {
  /** The file, relative to the articles folder. The extension tells whether it is MDX. */
  readonly path: string
  readonly dialects: Dialects
  /** Fields of the front matter that shortcodes show, by name in lower case. */
  readonly params: ReadonlyMap<string, string>
  /** The address of another article by its generator's name, such as `2021-02-03-name` or `blog/name.md`. */
  addressOf(name: string): string | undefined
  /** The path of a file that Obsidian names without its folder. Undefined: the name stays. */
  fileNamed?(name: string): string | undefined
}

/** Whether a file is MDX throughout: braces are expressions, and indented text is not code. */
export function isMdx(path: string): boolean {
  return /\.mdx$/i.test(path)
}

/** The dialects in use, and MDX for an `.mdx` file. */
export function dialectsOf(path: string, inUse: Dialects): Dialects {
  return isMdx(path) && !inUse.has('mdx') ? new Set<Dialect>([...inUse, 'mdx']) : inUse
}
