import type { Response } from 'express'
import type { LastBackup } from '../../backups/last-backup.ts'
import { inEnglish } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import type { Attention } from './attention.ts'
import { type DeskContext, words } from './desk-page.ts'
import { maskedFor } from './signed-in.ts'

const hourMs = 3_600_000

/** How old the last scheduled backup is, as a sentence; '' without a schedule. */
export function backupWords(desk: DeskContext, backup: LastBackup | undefined): string {
  if (!backup) return ''
  if (backup.ageMs === undefined) return words(desk, 'today.backup.none')
  return words(desk, 'today.backup', { hours: Math.floor(backup.ageMs / hourMs) })
}

/** A backup that failed or is missing. */
export function backupAttention(desk: DeskContext, response: Response, backup: LastBackup | undefined): Attention[] {
  const shared = { href: null, action: null }
  if (backup?.failure) {
    const since = shortTime(desk.publication(), backup.failure.at)
    const detail = inEnglish(maskedFor(response, backup.failure.reason))
    return [{ ...shared, text: words(desk, 'today.attention.backup_failed'), detail, since }]
  }
  if (backup?.isLate)
    return [{ ...shared, text: words(desk, 'today.attention.backup_late'), detail: backupWords(desk, backup), since: null }]
  return []
}
