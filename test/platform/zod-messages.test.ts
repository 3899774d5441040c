import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from '../../src/config.ts'
import { zodMessages } from '../../src/platform/zod-messages.ts'
import { describeProblem, parsePublicationFile } from '../../src/publication/read.ts'

test.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, 'is missing'],
  [z.string(), 1, 'must be text'],
  [z.int(), 'one', 'must be a number'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.array(z.string()), 'one', 'must be a list'],
  [z.strictObject({}), [], 'must be a set of fields, each with a name and a value'],
  [z.record(z.string(), z.string()), null, 'must be a set of fields, each with a name and a value'],
  [z.strictObject({}), { keys: 1 }, 'has no field called keys'],
  [z.enum(['resend', 'let_be']), 'none', 'must be one of resend, let_be'],
  [z.literal('x'), 'y', 'must be x'],
  [z.int().min(1), 0, 'must be at least 1'],
  [z.int().max(9), 10, 'must be at most 9'],
  [z.string().min(1), '', 'must not be empty'],
  [z.string().max(2), 'abc', 'must have at most 2 characters'],
  [z.array(z.string()).min(2), ['a'], 'must have at least 2 entries'],
  [z.record(z.string().regex(/^a/, 'must begin with a'), z.string()), { b: 'c' }, 'is not a valid name: it must begin with a'],
  [z.union([z.string(), z.boolean()]), 1, 'has an invalid format'],
  [z.string().regex(/^a/, 'must begin with a'), 'b', 'must begin with a'],
])('%# an invalid value gets our own message', (schema, value, words) => {
  const parsed = schema.safeParse(value, { error: zodMessages('field') })
  expect(parsed.error?.issues.map(({ message }) => message)).toEqual([words])
})

test('publication.yaml and the environment get the same messages', () => {
  const yaml =
    'topics: { C#: C sharp }\nfeeds: { entries: 0 }\nlanguages: []\ndigests:\n  weekly: { schedule: "0 8 * * mon", max_articles: many }\n'
  const reading = parsePublicationFile(`${yaml}sender: { name: Tide, email: news@tide.example.org }\n`)
  expect(reading.ok ? [] : reading.problems.map(describeProblem)).toEqual([
    'publication.yaml: title is missing',
    'publication.yaml:1: topics.C# is not a valid name: it must be lowercase letters, digits and hyphens',
    'publication.yaml:2: feeds.entries must be at least 1',
    'publication.yaml:5: digests.weekly.title is missing',
    'publication.yaml:5: digests.weekly.max_articles must be a number',
    'publication.yaml:3: languages must not be empty',
  ])
  const config = readConfig({ LOG_LEVEL: 'loud' }, '/nowhere')
  expect(config.ok ? [] : config.errors).toEqual(['LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent'])
})
