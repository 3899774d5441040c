import type { RequestHandler } from 'express'
import { latestIssuesOf } from '../../digests/issue/issues.ts'
import { chooseNext } from '../../digests/issue/next-issue.ts'
import { nextSlot } from '../../digests/schedule/slots.ts'
import { holdSending, readSendingHold, releaseSending } from '../../outbox/sending-hold.ts'
import { fullTime, shortTime } from '../../publication/format-date.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { currentReaders } from '../../subscribers/reader-counts.ts'
import { countReaders } from '../../subscribers/readers.ts'
import { deskLanguage } from './desk-language.ts'
import { type DeskContext, reasonWords, sendDeskPage, words } from './desk-page.ts'
import { pastIssueValues } from './past-issue.ts'
import { actorOf } from './signed-in.ts'

/** Every digest: its schedule, what it would carry, its readers and its last issue. */
export function showDigests(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const publication = desk.publication()
    // Counting a million readers takes longer than a page may: the last count of the day tells enough.
    const readers = (await currentReaders(desk.subscribers))?.of ?? (await countReaders(desk.subscribers))
    const now = desk.clock.now()
    const digests = await Promise.all(
      [...publication.digests.values()].map(async (definition) => {
        const slot = nextSlot(definition, publication.timezone, now)
        const [last] = await latestIssuesOf(desk.digests, definition.name, 1)
        return {
          title: definition.title,
          href: localPath(publication, paths.adminDigest(definition.name)),
          schedule: describeSchedule(definition, deskLanguage(), desk.messages),
          next_slot: slot ? shortTime(publication, slot) : null,
          new_articles: (await chooseNext(desk.digests, definition)).included.length,
          readers: readers.get(definition.name) ?? 0,
          last: last ? pastIssueValues(desk, last) : null,
        }
      }),
    )
    const hold = await readSendingHold(desk.digests.database)
    await sendDeskPage(
      desk,
      response,
      'digests',
      { title: words(desk, 'rail.digests'), place: 'digests' },
      {
        digests,
        timezone: publication.timezone,
        sending: {
          action: localPath(publication, hold ? `${paths.adminSending}/release` : `${paths.adminSending}/hold`),
          held_since: hold ? fullTime(publication, hold.since) : null,
          reason: hold ? reasonWords(desk, hold.reason) : null,
        },
      },
    )
  }
}

/** Nothing more is handed over until sending is released. Idempotent. */
export function holdAllSending(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const { database, clock, recordAudit } = desk.digests
    await database.transaction(async (tx) => {
      await holdSending(tx, 'held by the operator', clock.now())
      await recordAudit(tx, { action: 'sending.hold', subject: null, by: actorOf(response) })
    })
    response.redirect(303, localPath(desk.publication(), paths.adminDigests))
  }
}

/** Sends what waits. Idempotent. */
export function releaseAllSending(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const { database, recordAudit, triggerSender } = desk.digests
    await database.transaction(async (tx) => {
      if (await releaseSending(tx)) await recordAudit(tx, { action: 'sending.release', subject: null, by: actorOf(response) })
    })
    desk.triggerScheduler()
    triggerSender()
    response.redirect(303, localPath(desk.publication(), paths.adminDigests))
  }
}
