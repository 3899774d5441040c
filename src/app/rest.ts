import { join } from 'node:path'
import { type MailPictures, openMailPictures } from '../articles/images/mail-images.ts'
import type { Config } from '../config.ts'
import type { DigestsContext } from '../digests/context.ts'
import { withLogoForMail } from '../digests/edition/email-logo.ts'
import { maskInDigests } from '../digests/erase.ts'
import { pauseWithMailing } from '../digests/issue/issue-actions.ts'
import { finishIssues } from '../digests/issue/issues.ts'
import { type FollowCounter, startFollowCounter } from '../digests/link-counts/follow-counter.ts'
import { type Renderer, startRenderer } from '../email/renderer.ts'
import { pruneFeeds } from '../feeds/retention.ts'
import type { InboundContext } from '../inbound/context.ts'
import { startMailParser } from '../inbound/mail-parser.ts'
import { pruneInbound } from '../inbound/retention.ts'
import { type Mailbox, openMailbox } from '../mailbox/mailbox.ts'
import { type Access, ensureAdminToken, ensureSecret, ensureSessionKey, findAdminTokenHash, openAccess } from '../operators/access.ts'
import { auditWith, pruneOperators } from '../operators/audit.ts'
import type { OperatorsContext } from '../operators/context.ts'
import { maskInOperators } from '../operators/erase.ts'
import { limitTokenGuesses, type TokenGuesses } from '../operators/token-guesses.ts'
import { isAligned } from '../outbox/message/dkim.ts'
import { returnAddressesTo } from '../outbox/message/return-path.ts'
import { pruneOutbox } from '../outbox/prune.ts'
import { type Sender, startSender } from '../outbox/sender/sender.ts'
import { ehloName } from '../outbox/smtp/ehlo-name.ts'
import { parseSmtpUrl } from '../outbox/smtp/smtp-url.ts'
import { Surveys } from '../outbox/surveys.ts'
import type { CoalescedTask } from '../platform/coalesced-task.ts'
import type { Queries } from '../platform/database/database.ts'
import { isPostgres } from '../platform/database/open.ts'
import { wireDomain } from '../platform/email-address.ts'
import type { Random } from '../platform/random.ts'
import { type Prune, RetentionJob } from '../platform/retention-job.ts'
import { tokensKeyedBy } from '../platform/tokens.ts'
import type { PublicationReading, ReadPublication } from '../publication/read.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { appendErasures, erasedFileName } from '../subscribers/erased-file.ts'
import { pruneSubscribers } from '../subscribers/retention.ts'
import { ReaderIndexJob } from '../subscribers/search/fill.ts'
import { startSignUpProcessing } from '../subscribers/sign-up/process-waiting.ts'
import { raiseReturned } from '../subscribers/subscriber-events.ts'
import type { WebhooksContext } from '../webhooks/context.ts'
import { pruneWebhooks } from '../webhooks/retention.ts'
import { startWebhookSender, type WebhookSender } from '../webhooks/webhook-sender.ts'
import { type Core, type CoreContext, openCore } from './core.ts'

/** All modules, opened and connected. */
export interface App extends Core {
  readonly mailPictures: MailPictures
  readonly subscribers: SubscribersContext
  /** Processes the sign-up requests that wait. */
  readonly signUpProcessing: CoalescedTask
  /** Deletes rows that are past their retention time. */
  /** Fills the search index of readers and the counts of their growth. */
  readonly readerIndex: ReaderIndexJob
  readonly retention: RetentionJob
  readonly digests: DigestsContext
  readonly followed: FollowCounter
  /** Receives bounces, complaints and unsubscribe mail. */
  readonly inbound: InboundContext
  readonly access: Access
  readonly operators: OperatorsContext
  readonly guesses: TokenGuesses
  readonly sender: Sender
  readonly webhooks: WebhooksContext
  readonly webhookSender: WebhookSender
  /** The built-in mailbox; undefined when SMTP_URL is set. */
  readonly mailbox: Mailbox | undefined
  /** The admin token; defined only in the run that generated it. */
  readonly freshAdminToken: string | undefined
}

export interface AppContext extends CoreContext {
  readonly random: Random
  /** False for callers that do not show the token: a generated token is shown only once. */
  readonly makesAdminToken?: boolean
  /** False where other processes send: enqueued mail then waits for their next look. Default: true. */
  readonly sendsMail?: boolean
  /** A shared renderer, closed by the caller. Default: the app starts and closes its own. */
  readonly renderer?: Renderer
}

/** Opens core and rest. Throws an Error whose message is for the operator. */
export async function openApp(
  config: Config,
  context: AppContext,
  first: ReadPublication,
  readAgain: () => Promise<PublicationReading>,
): Promise<App> {
  await using opened = new AsyncDisposableStack()
  const core = opened.use(await openCore(config, context, first, readAgain))
  const app = opened.use(await openRest(config, context, core))
  const resources = opened.move()
  return { ...app, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Opens what mail and pages need. Dispose it before `core`, which the caller owns. */
export async function openRest(
  config: Config,
  { clock, random, log, makesAdminToken = true, sendsMail = true, renderer: sharedRenderer }: AppContext,
  { database, publication, articles, messages }: Core,
): Promise<App> {
  await using opened = new AsyncDisposableStack()
  const tokens = tokensKeyedBy(config.secret ?? (await ensureSecret(database, random)), config.previousSecrets)
  const adminToken = makesAdminToken ? await ensureAdminToken(database, random, config.adminToken) : undefined
  // A worker makes none, but its metrics ask for it.
  const adminTokenHash = adminToken?.hash ?? (config.role === 'worker' ? await findAdminTokenHash(database, config.adminToken) : undefined)
  const sessionKey = await ensureSessionKey(database, random)
  const recordAudit = auditWith({ clock, random })
  const access = openAccess({ database, sessionKey, clock, random, log, recordAudit, adminTokenHash })
  const renderer = sharedRenderer ?? opened.use(startRenderer(config.templatesFolder))
  const mailbox = config.smtpUrl === undefined ? openMailbox(join(config.dataFolder, 'mailbox'), clock, random, log) : undefined
  if (mailbox) opened.defer(() => mailbox.close())
  const smtp = config.smtpUrl === undefined ? undefined : parseSmtpUrl(config.smtpUrl)

  const mailPictures = openMailPictures({ publication: () => publication.current(), database, clock })
  const shared = {
    database,
    publication: () => publication.current(),
    messages,
    render: withLogoForMail(renderer.render, mailPictures.prepare),
    tokens,
    clock,
    random,
    log,
    recordAudit,
    noteErasure: isPostgres(config.databaseAddress)
      ? undefined
      : (addressHash: string, at: Date) => appendErasures(join(config.dataFolder, erasedFileName), [{ addressHash, at }]),
    maskElsewhere: async (tx: Queries, address: string) => (await maskInDigests(tx, address)) + (await maskInOperators(tx, address)),
    triggerSender: () => {
      if (sendsMail) sender.trigger()
    },
  }
  const isMailRead = config.inboundSmtpPort !== undefined || config.bounceImap !== undefined
  const surveys = opened.adopt(new Surveys({ database, clock, log }), (one) => one.stop())
  const digests: DigestsContext = { ...shared, surveys, articles: () => articles.current(), preparePictures: mailPictures.prepare }
  const sender = startSender({
    database,
    smtpServer: async () => {
      if (!smtp) return { ...(await (mailbox as Mailbox).address()), secure: false, tls: 'off', auth: undefined }
      const { url, sender } = publication.current()
      return { ...smtp, name: ehloName({ named: config.smtpName, publicUrl: url, senderEmail: sender.email }) }
    },
    connections: config.smtpConnections,
    perSecond: config.sendRate,
    tokens,
    signing: {
      dkim: config.dkim,
      returnAddresses: config.bounceAddress === undefined ? undefined : returnAddressesTo(config.bounceAddress, tokens, isMailRead),
    },
    clock,
    random,
    log,
    onSettled: () => finishIssues(digests),
    onPaused: (tx, mailingId, reason) => pauseWithMailing(shared, tx, mailingId, reason),
    onBounced: (tx, addressKey) => raiseReturned(tx, shared, addressKey, { kind: 'hard', status: undefined, isSuppressed: true }),
  })
  opened.defer(() => sender.stop())
  const webhooks: WebhooksContext = { database, clock, random, log, recordAudit: shared.recordAudit, fetchAllow: config.fetchAllow }
  const webhookSender = opened.adopt(startWebhookSender(webhooks), (one) => one.stop())
  const followed = opened.adopt(startFollowCounter({ database, clock, log }), (one) => one.stop())
  const mailParser = opened.use(startMailParser())
  const signUpProcessing = opened.adopt(startSignUpProcessing(shared), (one) => one.stop())
  const prunes: readonly Prune[] = [
    (now, signal) => pruneSubscribers(shared, now, signal),
    (now, signal) => pruneOutbox(shared, now, signal),
    (now, signal) => pruneFeeds(shared, now, signal),
    (now, signal) => pruneOperators(shared, now, signal),
    (now) => pruneInbound(shared, now),
    (now, signal) => pruneWebhooks(shared, now, signal),
  ]
  const readerIndex = opened.adopt(new ReaderIndexJob(shared), (one) => one.stop())
  const retention = opened.adopt(new RetentionJob({ clock, log }, prunes), (one) => one.stop())
  const senderDomain = wireDomain(publication.current().sender.email)
  if (config.dkim && !isAligned(config.dkim.domain, senderDomain)) {
    log.warn(
      { signed: config.dkim.domain, sender: senderDomain },
      'DKIM_DOMAIN does not match the domain of sender.email: DMARC ignores the signature',
    )
  }
  const resources = opened.move()
  return {
    database,
    publication,
    articles,
    mailPictures,
    messages,
    subscribers: shared,
    signUpProcessing,
    readerIndex,
    retention,
    digests,
    followed,
    inbound: { database, subscribers: shared, tokens, mailParser, clock, log },
    access,
    operators: { ...shared, sessionKey, messages },
    guesses: limitTokenGuesses(access, clock),
    sender,
    webhooks,
    webhookSender,
    mailbox,
    freshAdminToken: adminToken?.fresh,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
