import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Router } from 'express'
import { createTransport } from 'nodemailer'
import { type BackupSettings, lastBackup } from '../../../src/backups/last-backup.ts'
import type { DoctorReport } from '../../../src/doctor/doctor.ts'
import { type Mailbox, openMailbox } from '../../../src/mailbox/mailbox.ts'
import { inviteOperator } from '../../../src/operators/operators.ts'
import type { Role } from '../../../src/operators/roles.ts'
import { openMessages } from '../../../src/platform/messages.ts'
import { openPages } from '../../../src/platform/pages.ts'
import { systemRandom } from '../../../src/platform/random.ts'
import { templateFolders } from '../../../src/platform/template-folders.ts'
import { adminRoutes } from '../../../src/web/admin/routes.ts'
import { quietLog } from '../../support/quiet.ts'
import { startWorld, type World } from '../../support/world.ts'
import { publicRoutes, serve, type Visitor } from '../site/visitor.ts'

export interface DeskWorld extends Visitor, AsyncDisposable {
  readonly world: World
  readonly mailbox: Mailbox
  readonly routes: Router
  /** Logs in by a link, as an operator does, invited first if one is named; the Cookie header of the session. */
  logIn(operator?: { readonly email: string; readonly role: Role; readonly language?: string }): Promise<{ Cookie: string }>
  /** Aborting it is what the process does first when it stops. */
  readonly closing: AbortController
  /** Live streams that are open. */
  streams(): number
  /** Sends a message to the built-in mailbox by SMTP; its id there. */
  deliver(message: { subject: string; html?: string; text?: string }): Promise<string>
}

/** The desk beside the public pages over the real app, on real HTTP, with a mailbox of its own that takes real SMTP. */
export async function startDesk(
  options: Parameters<typeof startWorld>[0] & {
    withMailbox?: boolean
    doctor?: () => Promise<DoctorReport>
    lastDoctorReport?: DoctorReport
    /** BACKUP_DIR and how often. */
    backups?: BackupSettings
    warnings?: readonly string[]
    /** A folder of templates, over the product's. */
    templates?: string
  } = {},
): Promise<DeskWorld> {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld(options))
  const { app, clock } = world
  const mails = await mkdtemp(join(tmpdir(), 'broadsheet-mailbox-'))
  parts.defer(() => rm(mails, { recursive: true, force: true }))
  const mailbox = openMailbox(mails, clock, systemRandom(), quietLog)
  parts.defer(() => mailbox.close())
  const folder = options.templates ?? resolve('templates')
  const messages = openMessages(templateFolders(folder).toReversed(), () => app.publication.current().timezone)
  const closing = new AbortController()
  let streams = 0
  const routes = adminRoutes({
    live: {
      closing: closing.signal,
      countStreams(open) {
        streams = open
      },
    },
    access: app.access,
    operators: app.operators,
    guesses: app.guesses,
    mailbox: options.withMailbox === false ? undefined : mailbox,
    doctor: async () => ({ report: options.doctor ?? (async () => ({ checkedAt: clock.now(), lines: [] })) }),
    lastDoctorReport: () => options.lastDoctorReport,
    lastBackup: () =>
      lastBackup({ database: app.database, settings: options.backups, publication: () => app.publication.current(), clock }),
    digests: app.digests,
    subscribers: app.subscribers,
    webhooks: app.webhooks,
    readership: world.published.readership,
    ...(options.warnings && { warnings: async () => options.warnings ?? [] }),
    pages: openPages(folder, messages),
    messages,
    templatesFolder: folder,
    // A test runs due work itself, so that it knows when that ended.
    triggerScheduler: () => {},
    clock,
    publication: () => app.publication.current(),
    articles: () => app.articles.current(),
  })
  const visitor = parts.use(await serve({ '/admin': routes, '/': publicRoutes(world, undefined) }))
  const owned = parts.move()
  return {
    world,
    mailbox,
    routes,
    closing,
    streams: () => streams,
    ...visitor,
    async logIn(operator) {
      const invited = operator && (await inviteOperator(app.operators, operator, { operator: null, via: 'cli' }))
      if (invited && invited.status !== 'invited') throw new Error(`not invited: ${invited.status}`)
      const login = await app.access.makeLogin(invited && { operator: invited.operator.id })
      const { headers } = await visitor.post(`/admin/login/${login}`, [])
      return { Cookie: headers.get('Set-Cookie')?.split(';', 1)[0] ?? '' }
    },
    async deliver(message) {
      const transport = createTransport({ ...(await mailbox.address()), secure: false, ignoreTLS: true })
      await transport.sendMail({ from: 'news@tide.example.org', to: 'mara@example.org', ...message })
      transport.close()
      return (await mailbox.list(1))[0]?.id ?? ''
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
