import { json, type Router } from 'express'
import type { OperatorsContext } from '../../operators/context.ts'
import type { TokenGuesses } from '../../operators/token-guesses.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { WebhooksContext } from '../../webhooks/context.ts'
import { addArticles } from './articles.ts'
import { addAudit } from './audit.ts'
import { authorize } from './authorize.ts'
import { addDescription } from './description.ts'
import { addDigests, type DigestsApiContext } from './digests.ts'
import { addDoctor, type DoctorApiContext } from './doctor.ts'
import { addGrowth } from './growth.ts'
import { addIssueActions } from './issue-actions.ts'
import { addIssueSurvey } from './issue-survey.ts'
import { addIssues, type IssuesApiContext } from './issues.ts'
import { addImport, addLists } from './lists.ts'
import { addNotes } from './notes.ts'
import { DescribedRoutes } from './operation.ts'
import { addOperators } from './operators.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { notFound } from './problems.ts'
import { refuseUnstorable, reportFailure, requireJson } from './request.ts'
import { addSending } from './sending.ts'
import { addSubscribers } from './subscribers.ts'
import { addSuppressions } from './suppressions.ts'
import { addTokens } from './tokens.ts'
import { addWebhooks } from './webhooks.ts'

export interface ApiContext extends DigestsApiContext, DoctorApiContext, IssuesApiContext {
  readonly guesses: TokenGuesses
  readonly operators: OperatorsContext
  readonly webhooks: WebhooksContext
}

/** `/api/v1`: each route parses a request, calls one verb, sends its outcome. Errors are problem details (RFC 9457). */
export function apiRoutes(context: ApiContext): Router {
  const { digests, subscribers } = context
  const operations = new DescribedRoutes()
  const routes = operations.router
  // Before authorize: what the API is like is no secret.
  addDescription(operations, () => publicUrl(digests.publication(), paths.api))
  routes.use((request, response, next) => {
    response.set('Cache-Control', 'no-store')
    return authorize(context.guesses, request, response, next)
  })
  routes.use(refuseUnstorable)
  // Before requireJson: an import is a file.
  addImport(operations, subscribers)
  routes.use(requireJson, json({ limit: '100kb', strict: true, type: () => true }), refuseUnstorable)

  addArticles(operations, digests)
  addDigests(operations, context)
  addDoctor(operations, context)
  addIssues(operations, context)
  addIssueActions(operations, context)
  addIssueSurvey(operations, context)
  addNotes(operations, digests)
  addSending(operations, context)
  addLists(operations, subscribers)
  addGrowth(operations, subscribers)
  addSubscribers(operations, subscribers)
  addSuppressions(operations, subscribers)
  addOperators(operations, context.operators)
  addTokens(operations, context.operators)
  addAudit(operations, context.operators)
  addWebhooks(operations, context.webhooks)

  routes.use(refuseOtherMethods(routes))
  routes.use((request, response) => notFound(response, `there is no ${request.method} ${request.baseUrl}${request.path}`))
  routes.use(reportFailure(digests.log))
  return routes
}
