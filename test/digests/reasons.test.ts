import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { reasonIn } from '../../src/digests/reasons.ts'
import { ForeignText } from '../../src/platform/marked-text.ts'
import { openMessages, wordsIn } from '../../src/platform/messages.ts'

const messages = openMessages([resolve('templates')], () => 'Europe/Berlin')
const german = wordsIn(messages, 'de')
const english = wordsIn(messages, 'en')

test.each([
  ['issues of this digest wait for approval', 'Ausgaben dieses Newsletters warten auf die Freigabe'],
  ['it contains 1234 new articles, which is more than 25', 'sie enthält 1.234 neue Artikel, mehr als 25'],
  ['the address is suppressed: complaint', 'die Adresse ist gesperrt: als Spam gemeldet'],
  ['the reader paused until 2026-12-24T00:00:00.000Z', 'der Empfang ist bis 24. Dezember 2026 unterbrochen'],
  ['excluded by the note of No. 12', 'durch den Begleittext von Nr. 12 ausgeschlossen'],
  ['postponed by the note of No. 3, issues/weekly/next.md', 'durch den Begleittext von Nr. 3 verschoben'],
])('%s is said in the language of the operator', (stored, said) => {
  expect(reasonIn(german, stored)).toBe(said)
})

test('a sentence of ours is the same in English, but for numbers and times', () => {
  for (const stored of [
    'paused by the operator',
    'the reader left the digest',
    'before the first issue',
    'an operator asked to review it before it is sent',
  ])
    expect(reasonIn(english, stored)).toBe(stored)
})

test('what a server said stays English, and says so', () => {
  for (const stored of ['550 5.1.1 no such user', 'paused by the operator of mx.example.org', 'before the first issue\nand more']) {
    const told = reasonIn(german, stored)
    expect(told).toBeInstanceOf(ForeignText)
    expect(String(told)).toBe(stored)
  }
})

test('each sentence is written in the code that stores it', () => {
  const own = readFileSync('src/digests/reasons.ts', 'utf8')
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('digests/reasons.ts'))
    .map((name) => readFileSync(join('src', name), 'utf8'))
    .join('\n')
  const patterns = [...own.matchAll(/\/\^(.+?)\$\/s?,/g)].map(([, pattern = '']) => pattern)
  expect(patterns.length).toBeGreaterThan(25)
  // Between its variable parts, each sentence stands in a literal.
  const parts = patterns.map((pattern) =>
    pattern.split(/\((?:\?:)?[^()]*(?:\([^()]*\))?[^()]*\)\??/).map((part) => part.replaceAll('\\', '')),
  )
  expect(parts.flat().filter((part) => part.trim().length > 3 && !sources.includes(part))).toEqual([])
})
