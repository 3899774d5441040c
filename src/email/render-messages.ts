import type { Letter, LetterOrder } from './email.ts'

/** What the press tells its child. */
export interface PressRequest {
  readonly id: number
  readonly templatesFolder: string
  readonly order: LetterOrder
}

/** What the child answers, once for each request. */
export type PressAnswer =
  | { readonly id: number; readonly letter: Letter }
  | { readonly id: number; readonly problem: string; readonly stack: string | undefined }
