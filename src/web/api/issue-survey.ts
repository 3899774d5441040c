import type { Request, Response } from 'express'
import type { DigestsContext } from '../../digests/context.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { domainJson, domainShape, failureJson, failureShape } from '../../digests/issue/survey-json.ts'
import { readReplies, type Survey } from '../../outbox/survey.ts'
import { listOf } from './answers.ts'
import { maskedFor } from './authorize.ts'
import type { Operations } from './operation.ts'
import { cutPage, pageQuery } from './paging.ts'
import { unknownIssue } from './problems.ts'
import { readPage } from './request.ts'

/** How an issue fared: its failures grouped by reply, and its deliveries by receiving domain. */
export function addIssueSurvey(operations: Operations, { digests }: { readonly digests: DigestsContext }): void {
  const errors = { 404: 'Unknown issue' }
  const listFailures = {
    id: 'listFailures',
    call: 'GET /issues/:id/failures',
    scope: 'read',
    summary: 'List the failures of an issue, grouped by reply',
    query: pageQuery,
    answers: { 200: listOf(failureShape, 'One page of groups, the largest first') },
    errors,
  } as const
  operations.add(listFailures, async (request, response) => {
    await sendPart(
      digests,
      request,
      response,
      ({ failures }) => failures,
      async (shown) => {
        const replies = await readReplies(
          digests.database,
          shown.map(({ example }) => example),
        )
        return shown.map((group) => failureJson(group, replies.get(group.example), (text) => maskedFor(response, text)))
      },
    )
  })
  const listDomains = {
    id: 'listDomains',
    call: 'GET /issues/:id/domains',
    scope: 'read',
    summary: 'List the deliveries of an issue by receiving domain',
    query: pageQuery,
    answers: { 200: listOf(domainShape, 'One page of domains, the largest first') },
    errors,
  } as const
  operations.add(listDomains, async (request, response) => {
    await sendPart(
      digests,
      request,
      response,
      ({ domains }) => domains,
      async (shown) => shown.map(domainJson),
    )
  })
}

/** The cursor is the number of items before the page: a survey is short, and its order changes as the issue goes on. */
async function sendPart<Item>(
  digests: DigestsContext,
  request: Request<{ id: string }>,
  response: Response,
  part: (survey: Survey) => readonly Item[],
  json: (shown: readonly Item[]) => Promise<readonly object[]>,
): Promise<void> {
  const page = readPage(request, response)
  if (!page) return
  const found = await findIssue(digests, request.params.id)
  if (!found) return unknownIssue(response, request.params.id)
  const survey = await digests.surveys.complete(found)
  const items = survey ? part(survey) : []
  const skip = Number(page.cursor ?? 0)
  const start = Number.isSafeInteger(skip) && skip > 0 ? skip : 0
  const { shown, next } = cutPage(items.slice(start, start + page.limit + 1), page.limit, () => String(start + page.limit))
  response.json({ items: await json(shown), next })
}
