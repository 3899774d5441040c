import { searchReach } from '../../subscribers/search/search.ts'
import type { Check } from '../check.ts'
import { advice, ok, warn } from '../line.ts'

/** The search of readers finds parts of addresses and names. */
export const searchCheck: Check = {
  id: 'search',
  title: 'Search of readers',
  async run({ database }) {
    const asked = 'what the search finds'
    const reach = await searchReach({ database })
    if (reach.finds === 'parts') return [ok(asked, 'parts of addresses and names')]
    if (reach.because === 'index is being filled') return [ok(asked, 'beginnings of addresses: the index is being filled')]
    const problem = 'PostgreSQL has no extension pg_trgm, so the search finds beginnings of addresses only.'
    return [
      warn(
        asked,
        'beginnings of addresses: pg_trgm is missing',
        problem,
        advice(
          'As a superuser of the database, run CREATE EXTENSION pg_trgm; and restart Broadsheet. Some systems have it in a package such as postgresql-contrib.',
        ),
      ),
    ]
  },
}
