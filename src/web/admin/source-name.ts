import type { UnsubscribeMethod } from '../../subscribers/unsubscribe.ts'
import { type DeskContext, words } from './desk-page.ts'

/** Where our own subscriptions come from, and how they end. A form on another site adds that site: `embedded https://blog.example.org`. */
const signUps = ['form', 'embedded', 'invitation', 'confirmation', 'preferences', 'api', 'import', 'desk', 'command line']
const ends = ['one-click', 'page', 'mail', 'preferences', 'feed instead', 'operator'] satisfies UnsubscribeMethod[]
const known = [...signUps, ...ends]

/** The source of a sign-up or of its end in words. What a program or an imported list named is shown as it stands. */
export function sourceName(desk: DeskContext, source: string): string {
  const kind = known.find((one) => source === one || (one === 'embedded' && source.startsWith(`${one} `)))
  if (kind === undefined) return source
  return words(desk, 'readers.source.name', { source: kind.replace(/[ -]/, '_') }) + source.slice(kind.length)
}
