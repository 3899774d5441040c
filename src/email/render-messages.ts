import type { Email, EmailRequest } from './email.ts'

/** Request of the renderer to its child. */
export interface RenderRequest {
  readonly id: number
  readonly templatesFolder: string
  readonly request: EmailRequest
}

/** What the child answers, once for each request. */
export type RenderAnswer =
  | { readonly id: number; readonly email: Email }
  | { readonly id: number; readonly problem: string; readonly stack: string | undefined }
