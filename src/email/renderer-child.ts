import { answerRequests } from '../platform/child-worker.ts'
import { renderEmail } from './render.ts'
import type { RenderRequest } from './render-messages.ts'

answerRequests(({ templatesFolder, request }: RenderRequest) => renderEmail(templatesFolder, request))
