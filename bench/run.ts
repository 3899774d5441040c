// npm run bench [NAME …] [READERS]: measures against a baseline in the same run. Exit code 1: a target is not met.
import { benchAudience } from './audience.ts'

import { benchCapacity } from './capacity.ts'
import { benchDesk, benchDeskOnPostgres } from './desk.ts'

import { benchEmails } from './email.ts'
import { benchErasure } from './erasure.ts'
import { benchFeeds } from './feeds.ts'
import { benchFreeze } from './freeze.ts'
import { benchLists, benchListsOnPostgres } from './lists.ts'
import { benchMerge } from './merge.ts'
import { benchOpenDesks } from './open-desks.ts'
import { benchOutbox } from './outbox.ts'
import { benchPages } from './pages.ts'
import { benchPosts } from './posts.ts'
import { benchRebuild } from './rebuild.ts'
import { benchChange, benchFilledStart, benchStart } from './start.ts'
import { printTable, type Row } from './table.ts'
import { benchWorkers } from './workers.ts'

const args = process.argv.slice(2)
const wanted = args.filter((arg) => !/^\d+$/.test(arg))
/** Of `audience`, `erasure`, `freeze` and `start-filled`; the others read BENCH_READERS. A smaller one for development. */
const readers = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 1_000_000)

const benches: Readonly<Record<string, { title: string; run: () => Promise<Row[]> }>> = {
  erasure: { title: 'An erasure, SQLite', run: () => benchErasure(readers) },
  audience: { title: `An issue to ${readers.toLocaleString('en')} readers`, run: () => benchAudience(readers) },
  capacity: { title: 'Capacity of one process', run: benchCapacity },
  desk: { title: 'Pages of the desk', run: benchDesk },
  'desk-postgres': { title: 'Pages of the desk, PostgreSQL', run: benchDeskOnPostgres },
  feeds: { title: 'Feeds, 16 connections', run: benchFeeds },
  emails: { title: 'Emails of an issue', run: benchEmails },
  freeze: { title: 'An audience on PostgreSQL', run: () => benchFreeze(readers) },
  lists: { title: 'Lists in and out, SQLite', run: benchLists },
  'lists-postgres': { title: 'Lists in and out, PostgreSQL', run: benchListsOnPostgres },
  merge: { title: 'Messages, merged and signed', run: benchMerge },
  'open-desks': { title: 'Sending beside open desks', run: benchOpenDesks },
  outbox: { title: 'Messages handed over', run: benchOutbox },
  pages: { title: 'Pages about all articles', run: benchPages },
  posts: { title: 'Posts, beside static generators', run: benchPosts },
  start: { title: 'Start and memory', run: benchStart },
  workers: { title: 'Workers on PostgreSQL', run: benchWorkers },
  'start-filled': { title: 'Start of a filled database', run: () => benchFilledStart(readers) },
  rebuild: { title: 'A rebuild of all feeds, 10,000 articles', run: benchRebuild },
  change: { title: 'A change on disk', run: benchChange },
}

const unknown = wanted.find((name) => !(name in benches))
if (unknown !== undefined) {
  console.error(`unknown bench: ${unknown}; known: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
let isMet = true
for (const [name, { title, run }] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const rows = await run()
  printTable(title, rows)
  isMet &&= rows.every((row) => row.isMet)
}
process.exitCode = isMet ? 0 : 1
