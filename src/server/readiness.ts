import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { House } from '../app/rest.ts'
import type { Timekeeper } from '../digests/schedule/scheduler.ts'
import { ping } from '../platform/database/ping.ts'

/**
 * What keeps this process from doing its work, a sentence for each; none where it is ready. A mistake in `publication.yaml` does not:
 * the last good version stays in service.
 */
export async function whatIsNotReady(
  { database, publication }: Pick<House, 'database' | 'publication'>,
  timekeeper: Timekeeper | undefined,
): Promise<string[]> {
  const { contentFolder, articlesFolder } = publication.current()
  const [databaseFault, ...contentFaults] = await Promise.all([
    ping(database).then(
      () => undefined,
      (error: Error) => error.message || 'unknown',
    ),
    // That a house is open says that its articles were read.
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
    timekeeper ? scheduler(timekeeper) : 'scheduler: has not run yet',
  ].filter((fault) => fault !== undefined)
}

function scheduler(timekeeper: Timekeeper): string | undefined {
  const fault = timekeeper.fault()
  return fault && `scheduler: ${fault}`
}
