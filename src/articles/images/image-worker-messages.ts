import type { PictureUse, Resized } from './resize.ts'

/** One picture to be made: a file of ours, or an address of another site. */
export interface ResizeRequest {
  readonly source: { readonly file: string } | { readonly url: string }
  readonly use: PictureUse
}

/** What the child says, once for each order, by its place in the list. */
export interface ResizeAnswer {
  readonly index: number
  readonly resized: Resized
}
