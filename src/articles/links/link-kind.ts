/** How another article is named by who links to it. */
export type LinkKind =
  /** Its file, relative to the articles folder. */
  | 'file'
  /** The path of its page, here or where it used to be. */
  | 'page'
  /** What its generator calls it: the name of its file or its slug, with folders or without. */
  | 'name'
