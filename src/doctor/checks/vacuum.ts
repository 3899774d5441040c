import { isPostgres } from '../../platform/database/open.ts'
import { needsVacuum } from '../../platform/database/vacuum.ts'
import type { Check } from '../check.ts'
import { ok, warn } from '../line.ts'

/** The database file holds nothing that was erased by a version that did not overwrite it. */
export const vacuumCheck: Check = {
  id: 'vacuum',
  title: 'Erased addresses',
  async run({ settings }) {
    const asked = 'whether the database file was rewritten'
    if (isPostgres(settings.databaseAddress) || !needsVacuum(settings.databaseAddress)) return [ok(asked, 'nothing to do')]
    const problem = 'The database file may still hold addresses that were erased by an older version.'
    return [warn(asked, 'no', problem, { kind: 'command', text: 'stop the server, then: npx broadsheet vacuum' })]
  },
}
