import type { PictureUse, Resized } from './resize.ts'

/** One picture to resize: a local file, or an address on another site. */
export interface ResizeRequest {
  readonly source: { readonly file: string } | { readonly url: string }
  readonly use: PictureUse
}

/** The child's answer to one request. `index` is the request's position in the list. */
export interface ResizeAnswer {
  readonly index: number
  readonly resized: Resized
}
