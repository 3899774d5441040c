import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChildWorker } from '../platform/child-worker.ts'
import type { Email, EmailRequest } from './email.ts'
import type { RenderRequest } from './render-messages.ts'

/** Renders emails in a child process, whose end frees the memory that MJML takes. */
export interface Renderer extends AsyncDisposable {
  /** Process id of the child; undefined before the first email, after `close` and after the idle time. */
  readonly pid: number | undefined
  /**
   * Renders one email. Rejects with an Error of one sentence: `templates/email/digest.mjml:12: …` for a fault in a template,
   * else what happened to the process. The next call works again.
   */
  render(request: EmailRequest): Promise<Email>
  /** Ends the child process. Rejects emails that are not ready. */
  close(): Promise<void>
}

export interface RendererLimits {
  /** Time limit of one email, including the start of the process. */
  readonly renderMs: number
  /** Idle time after which the child process ends. A start costs about half a second. */
  readonly restMs: number
}

const script = fileURLToPath(new URL('./renderer-child.ts', import.meta.url))
const usualLimits: RendererLimits = { renderMs: 30_000, restMs: 30_000 }

/** A renderer for the templates in `templatesFolder/email`. Starts the child process with the first email. */
export function startRenderer(templatesFolder: string, limits: RendererLimits = usualLimits): Renderer {
  const folder = resolve(templatesFolder)
  const worker = startChildWorker<RenderRequest, Email>({
    script,
    answerMs: limits.renderMs,
    restMs: limits.restMs,
    messages: {
      closed: 'The email renderer is closed.',
      late: ({ request }) => `Rendering the ${request.template} email took longer than ${limits.renderMs / 1000} s.`,
      unsent: 'The email could not be passed to the renderer process',
      ended: 'The renderer process ended before the email was ready',
    },
  })
  return {
    get pid() {
      return worker.pid
    },
    render: (request) => worker.ask({ templatesFolder: folder, request }),
    close: worker.close,
    [Symbol.asyncDispose]: worker.close,
  }
}
