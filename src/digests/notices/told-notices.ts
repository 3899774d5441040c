import { inLanguage } from '../../publication/reader-language.ts'
import type { DigestsContext } from '../context.ts'
import { findAlertConditions, findFailure } from './alert-conditions.ts'
import { type Notice, readStanding } from './notice-store.ts'

/** A notice with the language (BCP 47) of its subject and paragraphs. */
export interface ToldNotice extends Notice {
  readonly language: string
}

/**
 * Notices that have not ended, latest first, for an operator who reads `language`. They are stored in the publication's language, so their
 * conditions are told anew. One whose condition has gone since stays as it was stored.
 */
export async function noticesIn(context: DigestsContext, language: string): Promise<readonly ToldNotice[]> {
  const standing = await readStanding(context.database)
  const stored = context.publication().language
  if (standing.length === 0 || language === stored) return standing.map((notice) => ({ ...notice, language: stored }))
  const asked = { ...context, publication: () => inLanguage(context.publication(), language) }
  const conditions = new Map((await findAlertConditions(asked)).map((one) => [one.cause, one]))
  const told: ToldNotice[] = []
  for (const notice of standing) {
    const condition = conditions.get(notice.cause) ?? (await failureAgain(asked, notice))
    if (condition?.cause !== notice.cause) told.push({ ...notice, language: stored })
    else told.push({ ...notice, subject: condition.subject, paragraphs: condition.paragraphs, language })
  }
  return told
}

/** Failures are found once, when an issue finishes. */
async function failureAgain(context: DigestsContext, { kind, issueId }: Notice) {
  return kind === 'failed' && issueId !== undefined ? findFailure(context, issueId) : undefined
}
