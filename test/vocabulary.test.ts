import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SourceFile } from './support/source-imports.ts'
import { retiredNames } from './support/vocabulary.ts'

/** Names that hold a retired word in its ordinary sense. */
const allowed: Readonly<Record<string, string>> = {
  takenOverId: 'the id that an article had in another blog is taken over',
  readTakenOverKey: 'the id that an article had in another blog is taken over',
  takeOverIds: 'the id that an article had in another blog is taken over',
}

test('no file and no export of src/ is called by a word that the glossary retired', () => {
  const root = join(import.meta.dirname, '../src')
  const files = globSync('**/*.ts', { cwd: root }).map((path) => ({
    path: path.replaceAll('\\', '/'),
    source: readFileSync(join(root, path), 'utf8'),
  }))
  expect(files.length).toBeGreaterThan(100)
  expect(retiredNames(files, new Set(Object.keys(allowed)))).toEqual([])
})

test('every exception is the name of something', () => {
  const root = join(import.meta.dirname, '../src')
  const sources = globSync('**/*.ts', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'))
  const unused = Object.keys(allowed).filter((name) => !sources.some((source) => new RegExp(`\\b${name}\\b`).test(source)))
  expect(unused).toEqual([])
})

test('a retired word is found in a file name, in every form of an export, and in a name of several words', () => {
  const files: readonly SourceFile[] = [
    { path: 'outbox/tally.ts', source: 'export async function whoseDelivery() {}\nexport const HOLE_MARK = 1' },
    { path: 'digests/context.ts', source: "export type DigestsRoom = 1\nexport { nudge as trigger, trigger as nudge } from './x.ts'" },
    { path: 'outbox/sender.ts', source: 'export interface SenderOptions {}\nconst house = 1' },
    { path: 'cli/send.ts', source: 'export interface SendOptions {}\nexport const headroom = 1' },
  ]
  expect(retiredNames(files, new Set())).toEqual([
    'outbox/tally.ts: tally: say "count" instead of "tally"',
    'outbox/tally.ts: whoseDelivery: say "match delivery" instead of "whose"',
    'outbox/tally.ts: HOLE_MARK: say "placeholder" instead of "hole"',
    'digests/context.ts: DigestsRoom: say "context" instead of "room"',
    'digests/context.ts: nudge: say "trigger" instead of "nudge"',
    'outbox/sender.ts: SenderOptions: call what is handed in …Context',
  ])
})
