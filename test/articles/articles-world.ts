import { join } from 'node:path'
import type { Snapshot } from '../../src/articles/article.ts'
import { type Articles, openArticles } from '../../src/articles/articles.ts'
import { articleMigrations } from '../../src/articles/migrations.ts'
import { feedMigrations } from '../../src/feeds/migrations.ts'
import type { Log } from '../../src/platform/log.ts'
import type { Publication } from '../../src/publication/publication.ts'
import { makeContent } from '../support/content.ts'
import { type Engine, openTestDatabase } from '../support/databases.ts'
import { drivenClock } from '../support/driven-clock.ts'
import { quietLog } from '../support/quiet.ts'

export interface Settings {
  readonly now?: string
  readonly publication?: Partial<Publication>
  readonly engine?: Engine
  readonly log?: Log
}

/** Articles on real files, a real database and a real watcher. `nextChange` resolves with the next snapshot. */
export async function openArticlesWorld(files: Readonly<Record<string, string>>, settings: Settings = {}) {
  const content = await makeContent(files)
  const opened = await openTestDatabase(settings.engine ?? 'sqlite', [...articleMigrations, ...feedMigrations])
  const clock = drivenClock(settings.now ?? '2026-11-24T09:00:00Z')
  const publication = makePublication(content.folder, settings.publication)
  const open = () => openArticles({ publication, database: opened.database, clock, log: settings.log ?? quietLog })
  let articles: Articles = await open()
  await articles.watch()
  return {
    content,
    database: opened.database,
    clock,
    publication,
    get articles() {
      return articles
    },
    async nextChange(act: () => unknown): Promise<Snapshot> {
      const changed = new Promise<Snapshot>((resolve) => {
        const stop = articles.onChange((snapshot) => {
          stop()
          resolve(snapshot)
        })
      })
      await act()
      return changed
    },
    async restart(): Promise<void> {
      await articles.close()
      articles = await open()
      await articles.watch()
    },
    async [Symbol.asyncDispose]() {
      await articles.close()
      await opened[Symbol.asyncDispose]()
      await content[Symbol.asyncDispose]()
    },
  }
}

export function makePublication(contentFolder: string, more: Partial<Publication> = {}): Publication {
  return {
    title: 'The Test Tide',
    description: 'What the water leaves behind',
    url: 'https://tide.example.org',
    adminEmail: undefined,
    hasWeeklyReport: false,
    language: 'en-GB',
    timezone: 'Europe/London',
    sender: { name: 'The Test Tide', email: 'news@tide.example.org' },
    postalAddress: undefined,
    topics: new Map([
      ['craft', 'Craft & making'],
      ['coast', 'Coast and weather'],
    ]),
    feeds: { entries: 30, hub: undefined },
    digests: new Map(),
    notesFolder: join(contentFolder, 'issues'),
    languages: ['en-GB'],
    signUp: { perNetwork: 20, overall: 1_000 },
    networkAddresses: 'full',
    retention: {
      unconfirmedMs: 30 * 86_400_000,
      deliveriesMs: 180 * 86_400_000,
      feedClaimsMs: 400 * 86_400_000,
      auditMs: 365 * 86_400_000,
      webhooksMs: 30 * 86_400_000,
    },
    articlesFolder: join(contentFolder, 'articles'),
    contentFolder,
    articles: {
      isOwnFolder: true,
      fields: new Map(),
      links: undefined,
      ids: undefined,
      author: undefined,
      authorsFile: undefined,
      show: [],
      dialects: 'auto',
      missingForMs: 3_600_000,
    },
    accent: { light: '#8a1c1c', dark: '#e08a7d' },
    logo: undefined,
    fonts: { text: undefined, labels: undefined },
    mailPictureBytes: 2 * 1_024 ** 2,
    confirmAbove: 1_000,
    measure: { clicks: false, opens: false },
    ...more,
  }
}
