/** Context for normalising the body of an article. */
export interface NormaliseContext {
  /** The file, relative to the articles folder. The extension tells whether it is MDX. */
  readonly path: string
  /** The address of another article by its generator's name, such as `2021-02-03-name` or `blog/name.md`. */
  addressOf(name: string): string | undefined
}
