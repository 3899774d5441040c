import type { Router } from 'express'
import { pageOfAudit } from '../../operators/audit.ts'
import type { OperatorsContext } from '../../operators/context.ts'
import { auditJson } from '../../operators/operator-json.ts'
import { requireScope } from './authorize.ts'
import { cutPage } from './paging.ts'
import { readPage } from './request.ts'

/** The audit log, latest first. */
export function addAudit(routes: Router, operators: OperatorsContext): void {
  routes.get('/audit', requireScope('admin'), async (request, response) => {
    const page = readPage(request, response)
    if (!page) return
    const lines = await pageOfAudit(operators, { limit: page.limit + 1, before: page.cursor })
    const { shown, next } = cutPage(lines, page.limit, ({ id }) => id)
    response.json({ items: shown.map(auditJson), next })
  })
}
