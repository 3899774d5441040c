import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Engine } from './databases.ts'
import type { Receiver } from './receiver.ts'
import type { ServiceOptions } from './spawned-service.ts'

/*
 * The publication, addresses and list of the recorded databases. A later version opens them with the same values. The secret is
 * in the database.
 */

export const oldOrigin = 'https://tide.example.org'

const publication = `
title: The Test Tide
admin_email: editor@tide.example.org
language: en
timezone: Europe/London
sender: { name: The Test Tide, email: news@tide.example.org }
postal_address: 1 Quay Street, Tollerby
topics: { craft: Craft and making, coast: Coast and weather }
measure: { clicks: true, opens: true }
digests:
  weekly: { title: The week, schedule: "0 8 * * mon", max_articles: 5 }
  coast-daily: { title: "The coast, daily", schedule: "0 7 * * *", topics: [coast] }
  letters: { title: Letters, schedule: "0 8 1 * *" }
`

const article = (title: string, date: string, topic: string) => `---
title: ${title}
publish_date: '${date}'
topics: [${topic}]
cta: Walk the quay
cta_url: https://walks.example.org/${encodeURIComponent(title)}
---

The water rose, and then it fell.
`

/** Files by path below the content folder. `lateArticle` is added for the second issue of the weekly. */
export const oldFiles: Readonly<Record<string, string>> = {
  'publication.yaml': publication,
  'articles/low-water.md': article('Low water', '2026-11-10', 'craft'),
  'articles/high-water.md': article('High water', '2026-11-11', 'craft'),
}

export const lateArticle = ['articles/slack-water.md', article('Slack water', '2026-11-23', 'craft')] as const

/** Rows of an import that is interrupted after its first batch. Each row is a different reader. */
export const listRows = 420
export const oldList = `email,name,status\n${Array.from({ length: listRows }, (_, n) => `book${n}@example.org,Reader ${n},${n % 10 === 9 ? 'unsubscribed' : 'subscribed'}\n`).join('')}`
export const importPath = '/api/v1/subscribers/import?basis=consent&digests=letters'

/** The expected content of a recorded database, stored beside it. */
export interface Manifest {
  /** When the process was killed. */
  readonly recordedAt: string
  readonly secondIssue: {
    readonly id: string
    /** Addresses for which the receiving server had accepted the message. */
    readonly sent: readonly string[]
    readonly uncertain: readonly string[]
    readonly handingOver: readonly string[]
    readonly queued: readonly string[]
    readonly cancelled: readonly string[]
  }
  readonly firstIssue: { readonly id: string; readonly sent: number; readonly failed: number }
  readonly pausedIssue: string
  /** Links with their reader. */
  readonly unsubscribeLink: Link
  readonly oneClickLink: Link
  readonly unsubscribeAddress: Link
  readonly returnPath: Link
  readonly preferencesLink: Link
  /** Not used yet. */
  readonly confirmLink: Link
  readonly measuredLink: { readonly path: string; readonly target: string }
  readonly erased: { readonly address: string; readonly hash: string }
  readonly waiting: string
}

export interface Link {
  readonly reader: string
  /** A path of the site, or an email address. */
  readonly to: string
}

export const oldDatabases = resolve('test/recorded/databases')

export async function readKept(version: string, engine: Engine): Promise<Manifest> {
  return JSON.parse(await readFile(join(oldDatabases, version, `${engine}.json`), 'utf8'))
}

/** The environment of a process on a recorded database. */
export function oldEnvironment(receiver: Receiver, engine: Engine, address: string): NonNullable<ServiceOptions['env']> {
  return {
    SMTP_URL: receiver.url,
    SMTP_CONNECTIONS: '2',
    PUBLIC_URL: oldOrigin,
    BOUNCE_ADDRESS: 'bounces@tide.example.org',
    INBOUND_SMTP_PORT: '0',
    ...(engine === 'postgres' ? { DATABASE_URL: address } : {}),
  }
}

export const browserHeaders = { 'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0' }

/** A delivery status notification (RFC 3464) for an unknown mailbox. */
export function bounceTo(returnPath: string, reader: string): string {
  return [
    'From: postmaster@mx.example.net',
    `To: ${returnPath}`,
    'Subject: Undeliverable',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'There is no such mailbox.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    '',
    `Final-Recipient: rfc822; ${reader}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    '',
    '--b--',
    '',
  ].join('\r\n')
}

/** Sends a message to the inbound SMTP port of the process. */
export async function bringBack(said: string, envelope: { from: string; to: string }, raw: string): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const port = Number(/"port":(\d+),"msg":"listening for bounces"/.exec(said)?.[1])
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
  await transport.sendMail({ envelope, raw })
  transport.close()
}
