import type { Database } from '../platform/database/database.ts'
import type { Publication } from '../publication/publication.ts'
import { adoptIdBase, readIdBase } from './store.ts'

/**
 * The URL that ids of Atom feeds begin with. It stays when the publication moves (RFC 4287 §4.2.6). The first public URL is stored, so an
 * older database keeps the ids that it has. A trial on this machine stores none: its ids would not be unique.
 */
export async function settleIdBase(database: Database, { url }: Pick<Publication, 'url'>): Promise<string> {
  if (isLoopback(new URL(url).hostname)) return (await readIdBase(database)) ?? url
  return database.transaction((tx) => adoptIdBase(tx, url))
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
