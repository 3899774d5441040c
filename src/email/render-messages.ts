import type { Email, EmailRequest } from './email.ts'

/** IPC message from the renderer to its child process. */
export interface RenderRequest {
  readonly id: number
  readonly templatesFolder: string
  readonly request: EmailRequest
}

/** IPC message from the child process: one for each request. */
export type RenderAnswer =
  | { readonly id: number; readonly email: Email }
  | { readonly id: number; readonly problem: string; readonly stack: string | undefined }
