import { migrations } from '../../src/app/core.ts'
import type { Article } from '../../src/articles/article.ts'
import type { DigestsContext } from '../../src/digests/context.ts'
import { runDue } from '../../src/digests/schedule/run-due.ts'
import { Surveys } from '../../src/outbox/surveys.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { tokensKeyedBy } from '../../src/platform/tokens.ts'
import type { Publication } from '../../src/publication/publication.ts'
import { readPublication } from '../../src/publication/read.ts'
import { makeContent } from '../support/content.ts'
import { type Engine, openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { productMessages } from '../support/english.ts'
import { quietLog } from '../support/quiet.ts'

export type ScheduleWorld = Awaited<ReturnType<typeof startSchedule>>

/** A publication without readers on a real database, for tests of slots and issues. Nothing is rendered. */
export async function startSchedule(options: { zone: string; digests: string; start: string; engine?: Engine }) {
  await using parts = new AsyncDisposableStack()
  const { database } = parts.use(await openTestDatabase(options.engine ?? 'sqlite', migrations))
  let publication = await publicationOf(options.zone, options.digests)
  const clock = drivenClock(options.start)
  let articles: readonly Article[] = []
  const context: DigestsContext = {
    database,
    publication: () => publication,
    articles: () => ({
      articles,
      inFeeds: articles,
      inMail: articles,
      unlisted: [],
      mailOnly: [],
      hidden: [],
      bySlug: new Map(articles.map((one) => [one.slug, one])),
      byId: new Map(articles.map((one) => [one.id, one])),
      unpublished: [],
      problems: [],
      leftOut: [],
      nextDueAt: undefined,
      addressOf: () => undefined,
      dialects: new Map(),
    }),
    preparePictures: () => Promise.resolve(new Map()),
    render: () => Promise.resolve({ subject: 'A notice', html: '<p>A notice</p>', text: 'A notice' }),
    messages: productMessages,
    tokens: tokensKeyedBy('a secret of the tests'),
    clock,
    random: systemRandom(),
    log: quietLog,
    recordAudit: () => Promise.resolve(),
    surveys: new Surveys({ database, clock, log: quietLog }),
    triggerSender: () => {},
  }
  let written = 0
  async function at(now: string): Promise<void> {
    clock.set(now)
    await runDue(context)
  }
  await runDue(context)
  const owned = parts.move()
  return {
    context,
    clock,
    /** Sets the clock to `now` and runs due work. */
    at,
    /** Like `at`, with one more article. */
    async withNews(now: string): Promise<void> {
      articles = [articleAt(++written, new Date(now)), ...articles]
      await at(now)
    },
    write(publishedAt: string): Article {
      const article = articleAt(++written, new Date(publishedAt))
      articles = [article, ...articles]
      return article
    },
    withdraw(article: Article): void {
      articles = articles.filter((one) => one !== article)
    },
    /** Edits `publication.yaml`. */
    async edit(zone: string, digests: string): Promise<void> {
      publication = await publicationOf(zone, digests)
    },
    /** `2026-03-29 01:00 issued` for each slot of a digest, in order. */
    async slots(digest = 'daily'): Promise<string[]> {
      const rows = await database.all<{ slot: number; outcome: string }>(
        sql`SELECT slot, outcome FROM slots WHERE digest = ${digest} ORDER BY slot`,
      )
      return rows.map(({ slot, outcome }) => `${new Date(slot).toISOString().slice(0, 16).replace('T', ' ')} ${outcome}`)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function articleAt(n: number, publishedAt: Date): Article {
  const url = `https://tide.example.org/articles/a${n}`
  return {
    id: `urn:test:${n}`,
    uri: `urn:test:${n}`,
    path: `a${n}.md`,
    slug: `a${n}`,
    url,
    title: `Article ${n}`,
    subtitle: undefined,
    description: '',
    author: undefined,
    authors: [],
    readMinutes: 1,
    publishedAt,
    updatedAt: publishedAt,
    firstSeenAt: publishedAt,
    hero: undefined,
    topics: [],
    topicLabels: [],
    writtenTopics: [],
    language: undefined,
    callToAction: undefined,
    enclosures: [],
    hiding: undefined,
    isIndexed: true,
    isInFeeds: true,
    isInMail: true,
    isMailOnly: false,
    isPinned: false,
    html: () => '',
  }
}

async function publicationOf(zone: string, digests: string): Promise<Publication> {
  const text = `
title: The Test Tide
admin_email: editor@tide.example.org
timezone: ${zone}
sender: { name: The Test Tide, email: news@tide.example.org }
digests:
${digests}
`
  await using content = await makeContent({}, text)
  const reading = await readPublication(content.folder, undefined, 'https://tide.example.org')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.publication
}
