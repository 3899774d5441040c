import type { EmailRequest } from './email.ts'

/** What the renderer asks of its child process. */
export interface RenderRequest {
  readonly templatesFolder: string
  readonly request: EmailRequest
}
