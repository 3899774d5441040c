import { expect, test } from 'vitest'
import { parsePublicationFile } from '../../src/publication/read.ts'

test.each(['en-1', 'en-a', 'en-US-US', 'x'])('language: %s is refused with its line, because Intl does not know it', (tag) => {
  const reading = parsePublicationFile(`title: Tide\nlanguage: ${tag}\n`)
  expect(reading).toMatchObject({ problems: [{ line: 2, field: 'language', reason: 'must be a language tag such as en or pt-BR' }] })
})

test.each(['en', 'pt-BR', 'zh-Hant-TW', 'de-1996'])('language: %s is accepted', (tag) => {
  expect(parsePublicationFile(`title: Tide\nlanguage: ${tag}\n`)).toMatchObject({ ok: true, file: { language: tag } })
})
