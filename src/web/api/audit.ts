import { pageOfAudit } from '../../operators/audit.ts'
import type { OperatorsContext } from '../../operators/context.ts'
import { auditJson, auditShape } from '../../operators/operator-json.ts'
import { listOf } from './answers.ts'
import type { Operations } from './operation.ts'
import { cutPage, pageQuery } from './paging.ts'
import { readPage } from './request.ts'

/** The audit log, latest first. */
export function addAudit(operations: Operations, operators: OperatorsContext): void {
  const listAudit = {
    id: 'listAudit',
    call: 'GET /audit',
    scope: 'admin',
    summary: 'List who did what, latest first',
    query: pageQuery,
    answers: { 200: listOf(auditShape, 'One page of the audit log') },
  } as const
  operations.add(listAudit, async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const lines = await pageOfAudit(operators, { limit: page.limit + 1, before: page.cursor })
    const { shown, next } = cutPage(lines, page.limit, ({ id }) => id)
    response.json({ items: shown.map(auditJson), next })
  })
}
