import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type ImapAddress, parseImapUrl, readImapUrl } from './inbound/imap-address.ts'
import type { ProviderSecrets } from './inbound/providers/provider.ts'
import type { DkimIdentity } from './outbox/message/dkim.ts'
import { readDkimKey } from './outbox/message/dkim-key.ts'
import { canBeMarked, maxBounceLocal } from './outbox/message/return-path.ts'
import { readSmtpUrl, warningsOfSmtpUrl } from './outbox/smtp/smtp-url.ts'
import { cronProblem } from './platform/cron-problem.ts'
import { readDatabaseUrl } from './platform/database/database-url.ts'
import { asciiDomain, isDomain, wireAddress } from './platform/email-address.ts'
import { type FetchAllowance, parseFetchAllow } from './platform/http/fetch-allowance.ts'
import type { UrlReading } from './platform/url-setting.ts'
import { minSecretLength } from './platform/weak-secret.ts'
import { readPublicUrl } from './platform/web-url.ts'
import { zodMessages } from './platform/zod-messages.ts'

/** The settings of the deployment, read once at the start. No other module reads the environment. */
export interface Config {
  readonly port: number
  readonly host: string
  /** Without a trailing slash. Undefined: `url` of `publication.yaml`, else localhost with the port. */
  readonly publicUrl: string | undefined
  readonly contentFolder: string
  readonly templatesFolder: string
  readonly dataFolder: string
  /** `postgres://…` or the path of the database file. */
  readonly databaseAddress: string
  /** `postgres://…` for locks. Undefined: `databaseAddress`. */
  readonly databaseDirectUrl: string | undefined
  /** What this process does, where several share one database. */
  readonly role: Role
  /** Undefined: the built-in mailbox. */
  readonly smtpUrl: string | undefined
  /** What EHLO says. Undefined: see `ehloName`. */
  readonly smtpName: string | undefined
  readonly smtpConnections: number
  /** Undefined: mail is not signed. */
  readonly dkim: DkimIdentity | undefined
  /** The return address; a mark after a + identifies the delivery. Undefined: bounces go to the sender of the mail. */
  readonly bounceAddress: string | undefined
  /** The port that receives bounces by SMTP. Undefined: none. */
  readonly inboundSmtpPort: number | undefined
  /** The mailbox that bounces are fetched from. Undefined: none. */
  readonly bounceImap: ImapAddress | undefined
  /** The secrets that providers send to `/inbound/:provider`. */
  readonly providerSecrets: ProviderSecrets
  /** Messages per second over all processes. Undefined: no limit. */
  readonly sendRate: number | undefined
  /** Undefined: generated once and stored in the database. */
  readonly secret: string | undefined
  /** Secrets that were replaced: what they keyed is still recognised. */
  readonly previousSecrets: readonly string[]
  readonly adminToken: string | undefined
  /** Private addresses that may be fetched. */
  readonly fetchAllow: readonly FetchAllowance[]
  /** Value of Express's setting `trust proxy`. */
  readonly trustProxy: boolean | number | string
  /** Name servers that the doctor asks, as `address:port`. Empty: those of the machine. */
  readonly dnsServers: readonly string[]
  /** Backups on a schedule. Undefined: none. `schedule` is a cron expression, `keep` the number of backups. */
  readonly backups: { readonly folder: string; readonly schedule: string; readonly keep: number } | undefined
  readonly logLevel: string
  /** What is accepted but probably not meant, as sentences that begin with the variable. */
  readonly warnings: readonly string[]
}

/** `web` answers requests. `worker` sends, follows schedules and prunes. `all` does both. */
export type Role = 'web' | 'worker' | 'all'

export type ConfigReading = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly errors: readonly string[] }

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port number, 0 to 65535')

/** A URL that `read` accepts; its fault is the message. */
const urlReadBy = (read: (text: string) => UrlReading) =>
  z
    .string()
    .trim()
    .superRefine((value, context) => {
      const reading = read(value)
      if (!reading.ok) context.addIssue({ code: 'custom', message: reading.fault })
    })

const databaseUrl = urlReadBy(readDatabaseUrl).transform((value) => value.replace(/^[a-z]+/i, (scheme) => scheme.toLowerCase()))

const domain = z.string().transform(asciiDomain).refine(isDomain, 'must be a domain such as example.org')

const dkimNames = ['DKIM_PRIVATE_KEY', 'DKIM_DOMAIN', 'DKIM_SELECTOR'] as const

const providerSecret = z.string().min(16, 'must have at least 16 characters')

/** Other weaknesses are found by `checkSecrets`, because what they lead to depends on the database. */
const ownSecret = z.string().min(minSecretLength, `must have at least ${minSecretLength} characters`)

/** Each is tried for every token and hash. */
const maxPreviousSecrets = 5

/** The doctor asks them one after the other. */
const maxNameServers = 4

/** A host name (RFC 1123 §2.1) or an address literal (RFC 5321 §4.1.3). */
const hostName = /^(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|\[(?:[\d.]{7,15}|ipv6:[\da-f:.]{2,45})\])$/i

const environmentSchema = z.object({
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: urlReadBy(readPublicUrl)
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  CONTENT_DIR: z.string().default('content'),
  TEMPLATES_DIR: z.string().default('templates'),
  DATA_DIR: z.string().default('data'),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  ROLE: z.enum(['all', 'web', 'worker']).default('all'),
  SMTP_URL: urlReadBy(readSmtpUrl).optional(),
  SMTP_NAME: z
    .string()
    .trim()
    .regex(hostName, 'must be a host name such as mail.example.org, or an address such as [192.0.2.1]')
    .optional(),
  SMTP_CONNECTIONS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number from 1 to 9999')
    .transform(Number)
    .default(20),
  DKIM_PRIVATE_KEY: z
    .string()
    .transform((value, context) => {
      const reading = readDkimKey(value)
      if ('key' in reading) return reading.key
      context.addIssue({ code: 'custom', message: reading.fault })
      return z.NEVER
    })
    .optional(),
  DKIM_DOMAIN: domain.optional(),
  DKIM_SELECTOR: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i, 'must be a name such as mail2026')
    .optional(),
  BOUNCE_ADDRESS: z
    .string()
    .trim()
    .refine(canBeMarked, `must be an email address with ASCII letters, and at most ${maxBounceLocal} of them, before the @`)
    .transform(wireAddress)
    .optional(),
  INBOUND_SMTP_PORT: port.optional(),
  BOUNCE_IMAP_URL: urlReadBy(readImapUrl).transform(parseImapUrl).optional(),
  INBOUND_SES_SECRET: providerSecret.optional(),
  INBOUND_POSTMARK_SECRET: providerSecret.optional(),
  SEND_RATE: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?$/, 'must be a number of messages per second, such as 14 or 0.5')
    .transform(Number)
    .refine((value) => value > 0, 'must be more than 0')
    .optional(),
  SECRET: ownSecret.optional(),
  SECRET_PREVIOUS: z
    .string()
    .transform((value) => value.split(/\s+/).filter((one) => one !== ''))
    .refine((values) => values.length <= maxPreviousSecrets, `must name at most ${maxPreviousSecrets} secrets, with spaces between`)
    .default([]),
  ADMIN_TOKEN: ownSecret.optional(),
  TRUST_PROXY: z
    .string()
    .default('')
    .refine(isTrustProxy, 'must be a number of hops, or addresses and networks with commas between')
    .transform(readTrustProxy),
  DNS_SERVERS: z
    .string()
    .default('')
    .transform((value) => value.split(/[\s,]+/).filter((one) => one !== ''))
    .refine((values) => values.every(isNameServer), 'must be addresses such as 9.9.9.9 or 127.0.0.1:5353, with commas between')
    .refine((values) => values.length <= maxNameServers, `must name at most ${maxNameServers} servers`),
  FETCH_ALLOW: z
    .string()
    .default('')
    .transform((value, context) => {
      const allowances = parseFetchAllow(value)
      if (allowances) return allowances
      context.addIssue({ code: 'custom', message: 'must be a list such as 10.0.0.5:8080 webhook:hooks.internal:9000' })
      return z.NEVER
    }),
  BACKUP_DIR: z.string().optional(),
  BACKUP_SCHEDULE: z
    .string()
    .superRefine((value, context) => {
      const problem = cronProblem(value, 'must be a cron expression of five fields such as "0 3 * * *"')
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
    .default('0 3 * * *'),
  BACKUP_KEEP: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number from 1 to 9999')
    .transform(Number)
    .default(7),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

/**
 * Reads the configuration from `environment`; each name also works as NAME_FILE. Relative paths start at `folder`.
 * Reports all errors, each with its variable. Messages never contain values: some are secrets.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>, folder: string): ConfigReading {
  const errors: string[] = []
  const given: Record<string, string> = {}
  for (const name of Object.keys(environmentSchema.shape)) {
    const file = environment[`${name}_FILE`]
    if (environment[name]) given[name] = environment[name]
    else if (file) {
      try {
        given[name] = readFileSync(resolve(folder, file), 'utf8').trim()
      } catch (error) {
        errors.push(`${name}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
      }
    }
  }
  const parsed = environmentSchema.safeParse(given, { error: zodMessages('setting') })
  if (!parsed.success) errors.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const missing = dkimNames.filter((name) => !environment[name] && !environment[`${name}_FILE`])
  if (missing.length === 1 || missing.length === 2) {
    errors.push(...missing.map((name) => `${name}: is required to sign mail: set all of ${dkimNames.join(', ')}`))
  }
  for (const name of ['INBOUND_SMTP_PORT', 'BOUNCE_IMAP_URL']) {
    if (given[name] && !given.BOUNCE_ADDRESS) errors.push(`${name}: needs BOUNCE_ADDRESS, the address that receives bounces`)
  }
  if (given.DATABASE_DIRECT_URL && !given.DATABASE_URL) errors.push('DATABASE_DIRECT_URL: needs DATABASE_URL, whose locks it is for')
  const sharedBy = given.ROLE === 'web' || given.ROLE === 'worker' ? given.ROLE : undefined
  if (sharedBy && !given.DATABASE_URL) errors.push(`ROLE: ${sharedBy} needs DATABASE_URL: several processes share a PostgreSQL database`)
  if (sharedBy && !given.SMTP_URL) errors.push(`ROLE: ${sharedBy} needs SMTP_URL: the built-in mailbox belongs to one process`)
  if (!parsed.success || errors.length > 0) return { ok: false, errors }
  const values = parsed.data
  const dataFolder = resolve(folder, values.DATA_DIR)
  return {
    ok: true,
    config: {
      port: values.PORT,
      host: values.HOST,
      publicUrl: values.PUBLIC_URL,
      contentFolder: resolve(folder, values.CONTENT_DIR),
      templatesFolder: resolve(folder, values.TEMPLATES_DIR),
      dataFolder,
      databaseAddress: values.DATABASE_URL ?? join(dataFolder, 'broadsheet.sqlite'),
      databaseDirectUrl: values.DATABASE_DIRECT_URL,
      role: values.ROLE,
      smtpUrl: values.SMTP_URL,
      smtpName: values.SMTP_NAME,
      smtpConnections: values.SMTP_CONNECTIONS,
      dkim: dkimOf(values),
      bounceAddress: values.BOUNCE_ADDRESS,
      inboundSmtpPort: values.INBOUND_SMTP_PORT,
      bounceImap: values.BOUNCE_IMAP_URL,
      providerSecrets: { ses: values.INBOUND_SES_SECRET, postmark: values.INBOUND_POSTMARK_SECRET },
      sendRate: values.SEND_RATE,
      secret: values.SECRET,
      previousSecrets: values.SECRET_PREVIOUS,
      adminToken: values.ADMIN_TOKEN,
      fetchAllow: values.FETCH_ALLOW,
      trustProxy: values.TRUST_PROXY,
      dnsServers: values.DNS_SERVERS,
      backups:
        values.BACKUP_DIR === undefined
          ? undefined
          : { folder: resolve(folder, values.BACKUP_DIR), schedule: values.BACKUP_SCHEDULE, keep: values.BACKUP_KEEP },
      logLevel: values.LOG_LEVEL,
      warnings: values.SMTP_URL === undefined ? [] : warningsOfSmtpUrl(values.SMTP_URL).map((warning) => `SMTP_URL ${warning}`),
    },
  }
}

function dkimOf(values: z.infer<typeof environmentSchema>): DkimIdentity | undefined {
  const { DKIM_PRIVATE_KEY: key, DKIM_DOMAIN: domain, DKIM_SELECTOR: selector } = values
  return key && domain && selector ? { key, domain, selector } : undefined
}

function isTrustProxy(value: string): boolean {
  if (/^(?:|off|false|\d{1,2})$/.test(value)) return true
  return value.split(',').every((part) => {
    const [address = '', bits] = part.trim().split('/', 2)
    const version = isIP(address)
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
    return /^(?:loopback|linklocal|uniquelocal)$/.test(part.trim()) || (version !== 0 && isNetwork)
  })
}

/** An address, with or without a port: `9.9.9.9`, `127.0.0.1:5353`, `[2620:fe::fe]:53`. */
function isNameServer(value: string): boolean {
  if (isIP(value) !== 0) return true
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(value) ?? []
  return (
    (six !== undefined ? isIP(six) === 6 : isIP(four ?? '') === 4) && (port === undefined || (Number(port) > 0 && Number(port) <= 65_535))
  )
}

/** Empty, `off` or `false`: no proxy. A number: hops. Otherwise addresses or networks. */
function readTrustProxy(value: string): boolean | number | string {
  if (value === '' || value === 'off' || value === 'false') return false
  return /^\d+$/.test(value) ? Number(value) : value
}
