/** What the body of an article is read with. */
export interface NormaliseContext {
  /** The file, relative to the articles folder: its extension says whether it is MDX. */
  readonly path: string
  /** The address of another article by what its generator calls it, such as `2021-02-03-name` or `blog/name.md`. */
  addressOf(name: string): string | undefined
}
