import { join } from 'node:path'
import { type MailPictures, openMailPictures } from './articles/for-mail/pictures.ts'
import { type Articles, openArticles } from './articles/library.ts'
import { articleMigrations } from './articles/migrations.ts'
import { type Caller, startCaller } from './calls/caller.ts'
import { callMigrations } from './calls/migrations.ts'
import type { Config } from './config.ts'
import { type FollowCounter, startFollowCounter } from './digests/follow-counter.ts'
import { finishIssues } from './digests/issues.ts'
import { withLogoForMail } from './digests/logo-for-mail.ts'
import { digestMigrations } from './digests/migrations.ts'
import type { DigestsRoom } from './digests/room.ts'
import { pauseWithMailing } from './digests/steer.ts'
import { startAnnouncing } from './feeds/announce.ts'
import { type Feeds, openFeeds } from './feeds/feeds.ts'
import { feedMigrations } from './feeds/migrations.ts'
import { openReadership, type Readership } from './feeds/readership.ts'
import type { InboundRoom } from './inbound/room.ts'
import { type Press, startPress } from './letters/press.ts'
import { type Mailbox, openMailbox } from './mailbox/mailbox.ts'
import { type Access, ensureAdminToken, ensureSecret, openAccess } from './operator/access.ts'
import { operatorMigrations } from './operator/migrations.ts'
import { isAligned, wireDomain } from './outbox/mail-address.ts'
import { outboxMigrations } from './outbox/migrations.ts'
import { waysBackTo } from './outbox/return-path.ts'
import { type Sender, startSender } from './outbox/sender.ts'
import { parseSmtpUrl } from './outbox/smtp-server.ts'
import type { Clock } from './platform/clock.ts'
import type { Database } from './platform/database/database.ts'
import { migrate } from './platform/database/migrate.ts'
import { openDatabase } from './platform/database/open.ts'
import type { Log } from './platform/log.ts'
import type { Nudged } from './platform/nudged.ts'
import type { Random } from './platform/random.ts'
import { tokensKeyedBy } from './platform/tokens.ts'
import { type LivePublication, openPublication } from './publication/live.ts'
import type { PublicationReading, ReadPublication } from './publication/read.ts'
import { startIntake } from './subscribers/intake.ts'
import { type Keeping, startKeeping } from './subscribers/keeping.ts'
import { subscriberMigrations } from './subscribers/migrations.ts'
import type { SubscribersRoom } from './subscribers/room.ts'

/** Every room's tables, each room after those it refers to. */
export const migrations = [
  ...operatorMigrations,
  ...articleMigrations,
  ...callMigrations,
  ...feedMigrations,
  ...outboxMigrations,
  ...subscriberMigrations,
  ...digestMigrations,
]

/** Everything behind the doors, wired and open. */
export interface House extends AsyncDisposable {
  readonly database: Database
  readonly publication: LivePublication
  readonly articles: Articles
  readonly mailPictures: MailPictures
  readonly subscribers: SubscribersRoom
  /** Looks at the sign-ups that were received. */
  readonly intake: Nudged
  /** Takes away what is too old. */
  readonly keeping: Keeping
  readonly digests: DigestsRoom
  readonly followed: FollowCounter
  /** Takes in what comes back. */
  readonly inbound: InboundRoom
  readonly access: Access
  readonly sender: Sender
  /** The built-in receiver, where no SMTP_URL is set. */
  readonly mailbox: Mailbox | undefined
  /** The admin token, in the one run that made it. */
  readonly freshAdminToken: string | undefined
  /** Ends what was begun, in the order that loses nothing: mail under way is settled first. */
  close(): Promise<void>
}

export interface HouseEdges {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** What is wrong with content goes there, where that is not the log. */
  readonly contentLog?: Log
  /** False for whoever would not show it: an admin token that is made is told once. */
  readonly makesAdminToken?: boolean
  /** A press that is shared and closed by whoever hands it in; without one the house has its own. */
  readonly press?: Press
}

/** Opens the database, brings its schema up to date, and builds the rooms. Throws with a clear sentence where that fails. */
export async function openHouse(
  config: Config,
  { clock, random, log, contentLog = log, makesAdminToken = true, press: sharedPress }: HouseEdges,
  first: ReadPublication,
  readAgain: () => Promise<PublicationReading>,
): Promise<House> {
  await using opened = new AsyncDisposableStack()
  const database = opened.adopt(await openDatabase(config.databaseAddress, log), (one) => one.close())
  await migrate(database, migrations)
  const tokens = tokensKeyedBy(config.secret ?? (await ensureSecret(database, random)))
  const adminToken = makesAdminToken ? await ensureAdminToken(database, random, config.adminToken) : undefined
  const access = openAccess({ database, tokens, clock, random, adminTokenHash: adminToken?.hash })
  const publication = opened.adopt(openPublication(first, readAgain, log), (one) => one.close())
  const articles = opened.adopt(await openArticles({ publication: first.publication, database, clock, log: contentLog }), (one) =>
    one.close(),
  )
  publication.onChange((next) => articles.reload(next))
  const press = sharedPress ?? opened.use(startPress(config.templatesFolder))
  const mailbox = config.smtpUrl === undefined ? openMailbox(join(config.dataFolder, 'mailbox'), clock, random, log) : undefined
  if (mailbox) opened.defer(() => mailbox.close())
  const smtp = config.smtpUrl === undefined ? undefined : parseSmtpUrl(config.smtpUrl)

  const mailPictures = openMailPictures({ publication: () => publication.current(), database, clock })
  const shared = {
    database,
    publication: () => publication.current(),
    print: withLogoForMail(press.print, mailPictures.prepare),
    tokens,
    clock,
    random,
    log,
    nudgeSender: () => sender.nudge(),
  }
  const isMailRead = config.inboundSmtpPort !== undefined || config.bounceImap !== undefined
  const digests: DigestsRoom = { ...shared, articles: () => articles.current(), preparePictures: mailPictures.prepare }
  const sender = startSender({
    database,
    smtpServer: async () => smtp ?? { ...(await (mailbox as Mailbox).address()), secure: false, auth: undefined },
    connections: config.smtpConnections,
    perSecond: config.sendRate,
    tokens,
    seal: {
      dkim: config.dkim,
      waysBack: config.bounceAddress === undefined ? undefined : waysBackTo(config.bounceAddress, tokens, isMailRead),
    },
    clock,
    random,
    log,
    onSettled: () => finishIssues(digests),
    onPaused: pauseWithMailing,
  })
  opened.defer(() => sender.stop())
  const followed = opened.adopt(startFollowCounter({ database, clock, log }), (one) => one.stop())
  const intake = opened.adopt(startIntake(shared), (one) => one.stop())
  const keeping = opened.adopt(startKeeping(shared), (one) => one.stop())
  const senderDomain = wireDomain(first.publication.sender.email)
  if (config.dkim && !isAligned(config.dkim.domain, senderDomain)) {
    log.warn(
      { signed: config.dkim.domain, sender: senderDomain },
      'mail is signed for another domain than that of its sender: DMARC will not count it',
    )
  }
  const resources = opened.move()
  const close = () => resources.disposeAsync()
  return {
    database,
    publication,
    articles,
    mailPictures,
    subscribers: shared,
    intake,
    keeping,
    digests,
    followed,
    inbound: { database, subscribers: shared, tokens, clock, log },
    access,
    sender,
    mailbox,
    freshAdminToken: adminToken?.fresh,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What only a server does with the articles: feeds, who reads them, and whom to tell of their changes. */
export interface Publishing extends AsyncDisposable {
  readonly feeds: Feeds
  readonly readership: Readership
  readonly caller: Caller
}

export async function openPublishing({ database, publication, articles }: House, { clock, random, log }: HouseEdges): Promise<Publishing> {
  await using opened = new AsyncDisposableStack()
  const feeds = opened.adopt(await openFeeds({ publication: publication.current(), articles, database, clock, log }), (one) => one.close())
  publication.onChange((next) => feeds.reload(next))
  const readership = opened.adopt(openReadership({ database, clock, log }), (one) => one.close())
  const caller = opened.adopt(startCaller({ database, clock, random, log }), (one) => one.stop())
  opened.adopt(startAnnouncing({ feeds, publication: () => publication.current(), database, caller, log }), (one) => one.close())
  const resources = opened.move()
  return { feeds, readership, caller, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
