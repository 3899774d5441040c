// Runs in a thread of `backup.ts`: copies a database file to a new one, as of one moment and without free pages.

import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'

const { file, to } = workerData as { readonly file: string; readonly to: string }
const source = new DatabaseSync(file, { readOnly: true, timeout: 15_000 })
try {
  source.prepare('VACUUM INTO ?').run(to)
} finally {
  source.close()
}
