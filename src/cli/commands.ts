import { articlesCommand } from './articles.ts'
import { auditCommand } from './audit.ts'
import { backupCommand } from './backup.ts'
import { checkCommand } from './check.ts'
import type { AddCommand } from './context.ts'
import { digestsCommand } from './digests.ts'
import { doctorCommand } from './doctor.ts'
import { issuesCommand } from './issues.ts'
import { loginCommand } from './login.ts'
import { migrateStoreCommand } from './migrate-store.ts'
import { notesCommand } from './notes.ts'
import { operatorsCommand } from './operators.ts'
import { previewCommand } from './preview.ts'
import { restoreCommand } from './restore.ts'
import { sendCommand } from './send.ts'
import { sendingCommand } from './sending.ts'
import { subscribersAddCommand } from './subscribers-add.ts'
import { subscribersEditCommand, subscribersShowCommand } from './subscribers-edit.ts'
import { subscribersEraseCommand } from './subscribers-erase.ts'
import { subscribersExportCommand } from './subscribers-export.ts'
import { subscribersGrowthCommand } from './subscribers-growth.ts'
import { subscribersImportCommand } from './subscribers-import.ts'
import { subscribersCountCommand, subscribersListCommand } from './subscribers-list.ts'
import { suppressionsCommand } from './suppressions.ts'
import { vacuumCommand } from './vacuum.ts'
import {
  webhooksAddCommand,
  webhooksChangeCommand,
  webhooksListCommand,
  webhooksLogCommand,
  webhooksRemoveCommand,
  webhooksReplayCommand,
  webhooksRotateCommand,
  webhooksTestCommand,
} from './webhooks.ts'
import { whyCommand } from './why.ts'

/** All commands except `start`, in the order of the help. */
export const commands: readonly AddCommand[] = [
  loginCommand,
  operatorsCommand,
  auditCommand,
  checkCommand,
  doctorCommand,
  articlesCommand,
  digestsCommand,
  notesCommand,
  previewCommand,
  sendCommand,
  issuesCommand,
  sendingCommand,
  whyCommand,
  subscribersListCommand,
  subscribersCountCommand,
  subscribersGrowthCommand,
  subscribersImportCommand,
  subscribersExportCommand,
  subscribersAddCommand,
  subscribersShowCommand,
  subscribersEditCommand,
  subscribersEraseCommand,
  suppressionsCommand,
  webhooksListCommand,
  webhooksAddCommand,
  webhooksChangeCommand,
  webhooksRemoveCommand,
  webhooksRotateCommand,
  webhooksTestCommand,
  webhooksLogCommand,
  webhooksReplayCommand,
  backupCommand,
  restoreCommand,
  migrateStoreCommand,
  vacuumCommand,
]
