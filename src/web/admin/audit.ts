import type { RequestHandler } from 'express'
import { type AuditLine, pageOfAudit } from '../../operators/audit.ts'
import { operatorNames } from '../../operators/operators.ts'
import { inEnglish } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'

const perPage = 50

/** The audit log, latest first. `?before=` is the id of the last entry of the page before. */
export function showAudit(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const publication = desk.publication()
    const { before } = request.query
    const lines = await pageOfAudit(desk.operators, { limit: perPage + 1, ...(typeof before === 'string' ? { before } : {}) })
    const shown = lines.slice(0, perPage)
    const names = await operatorNames(
      desk.operators,
      shown.map(({ subject }) => subject),
    )
    const last = lines.length > perPage ? shown.at(-1) : undefined
    await sendDeskPage(
      desk,
      response,
      'audit',
      { title: words(desk, 'settings.audit'), place: 'settings' },
      {
        days: Math.round(publication.retention.auditMs / 86_400_000),
        next: last ? `${localPath(publication, paths.adminAudit)}?before=${encodeURIComponent(last.id)}` : null,
        lines: shown.map((line) => ({
          at: shortTime(publication, line.at),
          who: whoIn(desk, line),
          via: words(desk, `audit.via.${line.by.via}`),
          action: line.action,
          subject: line.subject === null ? null : (names.get(line.subject) ?? line.subject),
          details: inEnglish(
            Object.entries(line.details)
              .map(([name, value]) => `${name}: ${value}`)
              .join(', '),
          ),
        })),
      },
    )
  }
}

function whoIn(desk: DeskContext, { by, email }: AuditLine): string {
  if (by.operator !== null) return email ?? words(desk, 'audit.removed')
  return by.via === 'cli' ? '' : words(desk, 'operator.by_token')
}
