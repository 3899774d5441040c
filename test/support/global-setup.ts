import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { dropTestDatabases, startPostgres, urlOnServer } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the suite's PostgreSQL with `DATABASE` where a database's name belongs. */
    postgresUrl: string
    /** Begins the name of each database of this run, after `test_`. */
    postgresRun: string
  }
}

/** PostgreSQL of the npm package, or the server of TEST_DATABASE_URL. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = randomBytes(4).toString('hex')
  project.provide('postgresRun', run)
  const given = process.env.TEST_DATABASE_URL
  if (given) {
    const url = urlOnServer(given)
    project.provide('postgresUrl', url('DATABASE'))
    return () => dropTestDatabases(url, run)
  }
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url('DATABASE'))
  return postgres.stop
}
