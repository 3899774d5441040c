import type { Check, DoctorSettings } from '../../src/doctor/check.ts'
import { publicKeyText } from '../../src/doctor/dkim-record.ts'
import type { Line } from '../../src/doctor/line.ts'
import { type RunContext, runChecks } from '../../src/doctor/run-checks.ts'
import type { ProviderSecrets } from '../../src/inbound/providers/provider.ts'
import { webhookStates } from '../../src/inbound/webhook-secrets.ts'
import { testSubscriberId } from '../../src/subscribers/unsubscribe.ts'
import { privateKey } from '../support/dkim.ts'
import { type NameServer, startNameServer, type Zone } from '../support/name-server.ts'
import type { World } from '../support/world.ts'

/** An address of the public internet. Nothing connects to it. */
export const sendingAddress = '93.184.216.34'
const reversed = '34.216.184.93.in-addr.arpa'

export const ownKey = publicKeyText(privateKey)

/** The DNS of a publication in which nothing is wrong. */
export const rightZone: Zone = {
  'tide.example.org': {
    A: [sendingAddress],
    TXT: ['google-site-verification=x', `v=spf1 ip4:${sendingAddress} -all`],
    MX: [[10, 'mx.example.org']],
  },
  'mx.example.org': { A: [sendingAddress] },
  'smtp.tide.example.org': { A: [sendingAddress] },
  [reversed]: { PTR: ['smtp.tide.example.org'] },
  'mail._domainkey.tide.example.org': { TXT: [[`v=DKIM1; k=rsa; p=${ownKey.slice(0, 200)}`, ownKey.slice(200)]] },
  '_dmarc.tide.example.org': { TXT: ['v=DMARC1; p=quarantine; rua=mailto:reports@tide.example.org'] },
}

export const rightSettings = {
  smtp: { host: 'smtp.tide.example.org', port: 587, secure: false, tls: 'offered', auth: undefined, name: 'tide.example.org' },
  dkim: { key: privateKey, domain: 'tide.example.org', selector: 'mail' },
  bounceAddress: 'bounces@tide.example.org',
  isMailRead: true,
  inboundSmtpPort: undefined,
  backups: undefined,
  weakSecrets: [],
  warnings: [],
} satisfies Partial<DoctorSettings>

export interface Changes {
  readonly zone?: Zone
  readonly settings?: Partial<DoctorSettings>
  /** The address in From. */
  readonly from?: string
  /** PUBLIC_URL. */
  readonly url?: string
  readonly now?: Date
  /** Secrets of the webhooks of providers. */
  readonly providerSecrets?: Partial<ProviderSecrets>
  /** Instead of a name server of the zone. */
  readonly dnsServers?: readonly string[]
}

/** Runs checks over a real app and a real name server, which has the right zone with these changes. */
export async function examine(world: World, checks: readonly Check[], changes: Changes = {}): Promise<readonly Line[]> {
  await using server: NameServer = await startNameServer({ ...rightZone, ...changes.zone })
  return await runChecks(checks, contextOf(world, { dnsServers: [server.address], ...changes }))
}

export function contextOf({ app, clock }: World, { settings, from, url, now, providerSecrets, dnsServers = [] }: Changes): RunContext {
  const publication = app.publication.current()
  return {
    settings: { databaseAddress: ':memory:', dataFolder: '/tmp', templatesFolder: 'templates', ...rightSettings, ...settings },
    dnsServers,
    publication: {
      ...publication,
      url: url ?? publication.url,
      sender: { ...publication.sender, ...(from === undefined ? {} : { email: from }) },
    },
    articles: app.articles.current(),
    database: app.database,
    providerWebhooks: () => webhookStates(app.inbound, { ses: undefined, postmark: undefined, ...providerSecrets }),
    render: app.digests.render,
    testUnsubscribePath: `/unsubscribe/${app.subscribers.tokens.make('unsubscribe', testSubscriberId)}`,
    now: now ?? clock.now(),
  }
}
