import { type Router, urlencoded } from 'express'
import type { DeskContext } from './desk-page.ts'
import { showReader, submitErasure, submitReader } from './reader.ts'
import { exportReaders } from './reader-export.ts'
import { showGrowth } from './reader-growth.ts'
import { downloadRefused, showImport, showImportForm, submitDiscard, submitImport, submitUpload } from './reader-import.ts'
import { showNewReader, submitNewReader } from './reader-new.ts'
import { showReaders } from './readers.ts'
import type { scopeChecks } from './session-check.ts'
import { showSuppressions, submitLift, submitSuppression } from './suppressions.ts'

/** Readers and suppressions. */
export function addReaderRoutes(routes: Router, desk: DeskContext, needs: ReturnType<typeof scopeChecks>): void {
  // A list may have hundreds of columns.
  const importForm = urlencoded({ extended: false, limit: '200kb', parameterLimit: 2_000 })
  const form = urlencoded({ extended: false, limit: '20kb' })
  routes.get('/readers', needs('readers'), showReaders(desk))
  routes.get('/readers/new', needs('readers'), showNewReader(desk))
  routes.post('/readers/new', needs('readers'), form, submitNewReader(desk))
  routes.get('/readers/export', needs('readers'), exportReaders(desk))
  routes.get('/readers/growth', needs('readers'), showGrowth(desk))
  routes.get('/readers/import', needs('readers'), showImportForm(desk))
  routes.post('/readers/import', needs('readers'), submitUpload(desk))
  routes.get('/readers/import/:id', needs('readers'), showImport(desk))
  routes.post('/readers/import/:id', needs('readers'), importForm, submitImport(desk))
  routes.get('/readers/import/:id/refused', needs('readers'), downloadRefused(desk))
  routes.post('/readers/import/:id/discard', needs('readers'), submitDiscard(desk))
  routes.get('/readers/:id', needs('readers'), showReader(desk))
  routes.post('/readers/:id', needs('readers'), form, submitReader(desk))
  routes.post('/readers/:id/erase', needs('admin'), form, submitErasure(desk))
  routes.get('/suppressions', needs('readers'), showSuppressions(desk))
  routes.post('/suppressions', needs('readers'), form, submitSuppression(desk))
  routes.post('/suppressions/lift', needs('admin'), form, submitLift(desk))
}
