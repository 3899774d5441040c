/** How a link names another article. */
export type LinkKind =
  /** By its file, relative to the articles folder. */
  | 'file'
  /** By the path of its page, current or former. */
  | 'page'
  /** By file name or slug, with or without folders, as generators do. */
  | 'name'
