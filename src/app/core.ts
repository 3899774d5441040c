import { type Articles, openArticles } from '../articles/articles.ts'
import { articleMigrations } from '../articles/migrations.ts'
import { backupMigrations } from '../backups/migrations.ts'
import type { Config } from '../config.ts'
import { digestMigrations } from '../digests/migrations.ts'
import { feedMigrations } from '../feeds/migrations.ts'
import { inboundMigrations } from '../inbound/migrations.ts'
import { operatorMigrations } from '../operators/migrations.ts'
import { outboxMigrations } from '../outbox/migrations.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { migrate } from '../platform/database/migrate.ts'
import { isPostgres, openDatabase } from '../platform/database/open.ts'
import type { Log } from '../platform/log.ts'
import { type Messages, openMessages } from '../platform/messages.ts'
import { templateFolders } from '../platform/template-folders.ts'
import { type LivePublication, openPublication } from '../publication/live.ts'
import type { PublicationReading, ReadPublication } from '../publication/read.ts'
import { subscriberMigrations } from '../subscribers/migrations.ts'
import { webhookMigrations } from '../webhooks/migrations.ts'
import { checkSecrets } from './check-secrets.ts'

/** The migrations of every module, each after the modules that its tables refer to. */
export const migrations = [
  ...operatorMigrations,
  ...articleMigrations,
  ...webhookMigrations,
  ...feedMigrations,
  ...outboxMigrations,
  ...subscriberMigrations,
  ...digestMigrations,
  ...inboundMigrations,
  ...backupMigrations,
]

/** Database, publication, articles and words. A server opens these first, so that feeds are served before the rest is loaded. */
export interface Core extends AsyncDisposable {
  readonly database: Database
  readonly publication: LivePublication
  readonly articles: Articles
  /** The product's words, and the operator's own. */
  readonly messages: Messages
}

export interface CoreContext {
  readonly clock: Clock
  readonly log: Log
  /** Log for problems with content; default: `log`. */
  readonly contentLog?: Log
}

/** Opens the database, migrates it, and reads the articles. Throws an Error whose message is for the operator. */
export async function openCore(
  config: Config,
  { clock, log, contentLog = log }: CoreContext,
  first: ReadPublication,
  readAgain: () => Promise<PublicationReading>,
): Promise<Core> {
  await using opened = new AsyncDisposableStack()
  if (isPostgres(config.databaseAddress)) {
    const { checkPostgres } = await import('../platform/database/postgres-check.ts')
    const address = { url: config.databaseAddress, directUrl: config.databaseDirectUrl }
    for (const warning of await checkPostgres(address, clock)) log.warn(warning)
  }
  const database = opened.adopt(await openDatabase(config.databaseAddress, log, config.databaseDirectUrl), (one) => one.close())
  await migrate(database, migrations)
  await checkSecrets(config, database)
  const publication = opened.adopt(openPublication(first, readAgain, log), (one) => one.close())
  const articles = opened.adopt(await openArticles({ publication: first.publication, database, clock, log: contentLog }), (one) =>
    one.close(),
  )
  publication.onChange((next) => articles.reload(next))
  const messages = openMessages(templateFolders(config.templatesFolder).toReversed(), () => publication.current().timezone)
  const resources = opened.move()
  return { database, publication, articles, messages, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
