import { posix } from 'node:path'
import type { SourceFile } from './source-imports.ts'

/** Private words, each with the field's word that stands for it now. Plurals and participles count by themselves. */
export const retiredWords: Readonly<Record<string, string>> = {
  room: 'context',
  rooms: 'modules',
  house: 'app',
  doors: 'http',
  foundation: 'core',
  building: 'app',
  press: 'renderer, or entry cache in feeds',
  print: 'render',
  printed: 'rendered',
  letter: 'email',
  letters: 'emails',
  darkroom: 'image worker',
  develop: 'resize',
  developed: 'resized',
  hole: 'placeholder',
  holes: 'placeholders',
  wish: 'sign-up request',
  wishes: 'sign-up requests',
  take: 'process',
  taken: 'processed',
  intake: 'sign-ups waiting',
  leave: 'unsubscribe',
  leaving: 'unsubscribe',
  keeping: 'retention job',
  thin: 'prune',
  thinned: 'pruned',
  kept: 'stored',
  forget: 'erase, anonymise or delete',
  forgotten: 'erased',
  owe: 'enqueue',
  owed: 'queued',
  carrier: 'transport',
  seal: 'signing',
  employ: 'start worker',
  pace: 'rate limiter',
  tally: 'count',
  tallies: 'counts',
  whose: 'match delivery',
  judge: 'classify',
  verdict: 'classification or decision',
  nobody: 'null sender',
  steer: 'act on an issue',
  steered: 'outcome of an action',
  timekeeper: 'scheduler',
  begin: 'register or start',
  begun: 'registered',
  causes: 'alert conditions',
  whereabouts: 'article status',
  pictured: 'with images',
  rhythm: 'schedule',
  acquaint: 'reconcile',
  acquaintance: 'reconcile context',
  library: 'articles',
  aside: 'protect',
  prose: 'body',
  leaf: 'page of a list',
  machines: 'sitemap and robots',
  choosing: 'choices view',
  gate: 'session check',
  nudge: 'trigger',
  nudged: 'triggered, or coalesced task',
  turns: 'slots, or yield to the event loop',
  caller: 'outgoing calls',
  edges: 'context',
  deps: 'context',
}

const exported =
  /^export\s+(?:declare\s+|default\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|class|interface|type|enum)\s+(\w+)/gm
const reExported = /^export\s+(?:type\s+)?\{([^}]*)\}/gm

/**
 * File names and exports that hold a retired word, as `path: NAME: say "context" instead of "room"`. `allowed` names those that may stay.
 * In `src/`, what is handed in is called `…Context`: an interface called `…Options` is only for the options of a command.
 */
export function retiredNames(files: readonly SourceFile[], allowed: ReadonlySet<string>): readonly string[] {
  return files.flatMap(({ path, source }) => {
    const exports = [...source.matchAll(exported)].map(([, name = '']) => name)
    const again = [...source.matchAll(reExported)].flatMap(([, names = '']) =>
      names.split(',').map((one) => one.trim().split(/\s+/).at(-1) ?? ''),
    )
    const names = [posix.basename(path, '.ts'), ...exports, ...again].filter((name) => name !== '' && !allowed.has(name))
    return names.flatMap((name) => reasonsAgainst(name, path).map((reason) => `${path}: ${name}: ${reason}`))
  })
}

function reasonsAgainst(name: string, path: string): string[] {
  const words = wordsOf(name)
  const retired = words
    .filter((word) => Object.hasOwn(retiredWords, word))
    .map((word) => `say "${retiredWords[word]}" instead of "${word}"`)
  const isHandedIn = /^[A-Z]\w*Options$/.test(name) && !path.startsWith('cli/')
  return isHandedIn ? [...retired, 'call what is handed in …Context'] : retired
}

/** `whoseDelivery`, `WHOSE_DELIVERY` and `whose-delivery` are `whose` and `delivery`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}
