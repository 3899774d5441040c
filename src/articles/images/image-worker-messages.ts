import type { Developed, PictureUse } from './resize.ts'

/** One picture to be made: a file of ours, or an address of another site. */
export interface DarkroomOrder {
  readonly source: { readonly file: string } | { readonly url: string }
  readonly use: PictureUse
}

/** What the child says, once for each order, by its place in the list. */
export interface DarkroomAnswer {
  readonly index: number
  readonly developed: Developed
}
