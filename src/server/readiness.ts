import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { App } from '../app/rest.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import { ping } from '../platform/database/ping.ts'

/**
 * Why this process cannot do its work, as `part: reason`; empty when it is ready. A mistake in `publication.yaml` does not count:
 * the last good version stays in use.
 */
export async function readinessProblems(
  { database, publication }: Pick<App, 'database' | 'publication'>,
  scheduler: Scheduler | undefined,
): Promise<string[]> {
  const { contentFolder, articlesFolder } = publication.current()
  const [databaseProblem, ...contentProblems] = await Promise.all([
    ping(database).then(
      () => undefined,
      (error: Error) => error.message || 'unknown',
    ),
    ...[...new Set([contentFolder, articlesFolder])].map((folder) =>
      access(folder, constants.R_OK).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => `${folder} cannot be read (${error.code})`,
      ),
    ),
  ])
  return [
    databaseProblem === undefined ? undefined : `database: does not answer: ${databaseProblem}`,
    ...contentProblems.map((problem) => problem && `content: ${problem}`),
    scheduler ? schedulerProblem(scheduler) : 'scheduler: has not run yet',
  ].filter((problem) => problem !== undefined)
}

function schedulerProblem(scheduler: Scheduler): string | undefined {
  const fault = scheduler.fault()
  return fault && `scheduler: ${fault}`
}
