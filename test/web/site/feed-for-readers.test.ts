import { Router } from 'express'
import { expect, test } from 'vitest'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { articleText, publicationYaml } from '../../support/content.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'
import { publicRoutes, serve } from './visitor.ts'

const home = 'https://tide.example.org'
const email = 'mara@example.org'
const articles = { 'tides.md': articleText({ title: 'Tides', topics: ['coast', 'craft'] }) }
/** Its topics stand in another order than in the address of their feed. */
const publication = `${publicationYaml.replace('craft: Craft and making,', 'sea: The sea, craft: Craft and making,')}\
  both: { title: Both, schedule: "0 9 * * *", topics: [craft, coast] }
`

/** What the footer of the digest's issue to the reader says after "Keep reading by RSS". */
async function feedInMail(world: World, digest: string): Promise<string | undefined> {
  const definition = world.app.publication.current().digests.get(digest)
  if (!definition) throw new Error(`there is no ${digest}`)
  const created = await createIssue(world.app.digests, definition, {})
  if (created.status !== 'created') throw new Error(created.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  const [issue] = issuesTo(world, email, digest)
  return /href="([^"]+)"[^>]*>Keep reading by RSS</.exec(String(issue?.mail.html))?.[1]
}

async function feedOnPage(world: World): Promise<string | undefined> {
  const [subscriber] = await world.app.database.all<{ id: string }>(sql`SELECT id FROM subscribers`)
  const token = world.app.subscribers.tokens.make('preferences', subscriber?.id ?? '')
  await using site = await serve({ '/': publicRoutes(world, undefined) })
  const page = await site.post(`/preferences/${token}`, [['do', 'feed']])
  return /Give this address to your feed reader: (\S+)/.exec(page.words)?.[1]
}

/** The address by which a feed calls itself. */
async function selfOf({ published }: World, address: string): Promise<string | undefined> {
  const feeds = Router().use((request, response, next) => {
    if (!published.feeds.answer(request, response)) next()
  })
  await using server = await serve({ '/': feeds })
  const { body } = await server.get(address.slice(home.length))
  return /<atom:link href="([^"]+)" rel="self"/.exec(body)?.[1]
}

test.each([
  ['everything', 'weekly', [], '/feed.xml'],
  ['one topic', 'weekly', ['coast'], '/topics/coast/feed.xml'],
  ['several topics', 'weekly', ['craft', 'coast'], '/feed.xml?topics=coast,craft'],
  ['a digest of one topic', 'coast-daily', [], '/topics/coast/feed.xml'],
  ['a digest of several topics', 'both', [], '/feed.xml?topics=coast,craft'],
])('a reader of %s is sent to their feed by the address that it calls itself', async (_, digest, topics, path) => {
  await using world = await startWorld({ articles, publication })
  await becomeReader(world, email, [digest], topics)
  expect(await feedInMail(world, digest)).toBe(home + path)
  if (digest === 'weekly') expect(await feedOnPage(world)).toBe(home + path)
  expect(await selfOf(world, home + path)).toBe(home + path)
})
