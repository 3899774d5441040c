/**
 * Syntax beyond Markdown, by the name it has in `articles.dialects`. `jekyll` is Liquid and kramdown, also as Hexo, Eleventy and Zola write
 * them. `mdc` is MDC and the directives of remark.
 */
export const dialectNames = ['hugo', 'jekyll', 'mdx', 'mdc', 'obsidian', 'wordpress', 'hashnode'] as const
export type Dialect = (typeof dialectNames)[number]

/** Dialect → why it counts as in use, such as `hugo.toml`. */
export type DialectsInUse = ReadonlyMap<Dialect, string>
