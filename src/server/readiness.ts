import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { App } from '../app/rest.ts'
import type { Scheduler } from '../digests/schedule/scheduler.ts'
import { ping } from '../platform/database/ping.ts'

/**
 * What keeps this process from doing its work, a sentence for each; none where it is ready. A mistake in `publication.yaml` does not:
 * the last good version stays in service.
 */
export async function whatIsNotReady(
  { database, publication }: Pick<App, 'database' | 'publication'>,
  scheduler: Scheduler | undefined,
): Promise<string[]> {
  const { contentFolder, articlesFolder } = publication.current()
  const [databaseFault, ...contentFaults] = await Promise.all([
    ping(database).then(
      () => undefined,
      (error: Error) => error.message || 'unknown',
    ),
    // An open app has read its articles.
    ...[...new Set([contentFolder, articlesFolder])].map((folder) =>
      access(folder, constants.R_OK).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => `${folder} cannot be read (${error.code})`,
      ),
    ),
  ])
  return [
    databaseFault === undefined ? undefined : `database: does not answer: ${databaseFault}`,
    ...contentFaults.map((fault) => fault && `content: ${fault}`),
    scheduler ? schedulerProblem(scheduler) : 'scheduler: has not run yet',
  ].filter((fault) => fault !== undefined)
}

function schedulerProblem(scheduler: Scheduler): string | undefined {
  const fault = scheduler.fault()
  return fault && `scheduler: ${fault}`
}
