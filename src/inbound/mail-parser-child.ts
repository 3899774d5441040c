import { answerRequests } from '../platform/child-worker.ts'
import { parseMessage } from './parse-message.ts'

answerRequests((_request: null, body) => parseMessage(body))
