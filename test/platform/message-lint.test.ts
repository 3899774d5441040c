import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lintLanguages, lintMessages } from '../../src/platform/message-lint.ts'
import { productTemplates } from '../../src/platform/product-folder.ts'
import { faultOfTemplatesFolder } from '../../src/platform/template-folders.ts'
import { makeContent } from '../support/content.ts'

async function linted(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = await makeContent({}, null)
  for (const [name, text] of Object.entries(files)) await folder.write(name, text)
  const findings = await lintMessages(folder.folder)
  return findings.map(
    ({ severity, file, line, field, reason }) => `${severity} ${file?.slice(folder.folder.length + 1)}:${line} ${field}: ${reason}`,
  )
}

test('a message file that overrides single keys has no findings', async () => {
  const en = { 'site.page': 'Sheet {number}', 'site.subscribe.privacy': 'See <link>privacy</link>, <strong>please</strong>.' }
  expect(await linted({ 'messages/en.json': JSON.stringify(en), 'messages/de.json': '{}' })).toEqual([])
  expect(await lintMessages(productTemplates)).toEqual([])
})

test('check names what is wrong with a message file, by file, line and key', async () => {
  const de = `{
  "site.page": "Seite {nummer}",
  "site.issues.count": "{count, plural, one {# Ausgabe}}",
  "site.skip": 3,
  "site.subscribe.privacy": "Siehe <verweis>Datenschutz</verweis>.",
  "my.own": "Hallo",
  "my.typo": "Hallo"
}`
  const findings = await linted({ 'messages/de.json': de, 'pages/home.liquid': "{{ 'my.own' | t }}" })
  expect(findings).toEqual([
    'error messages/de.json:2 site.page: uses {nummer}, and the values that it gets are: number',
    'error messages/de.json:3 site.issues.count: has a syntax error (ICU MessageFormat): MISSING_OTHER_CLAUSE',
    'error messages/de.json:4 site.skip: must be a text',
    'error messages/de.json:5 site.subscribe.privacy: uses <verweis>, and the tags that it may have are: link, strong, em, code, bdi, address',
    'warning messages/de.json:7 my.typo: is no message of the product, and no template uses it',
  ])
})

test.each([
  ['{\n "site.page": "a"', 'messages/de.json:2'],
  ['["a"]', 'must be an object of messages'],
])('a message file that is %j is an error, and stops the start', async (text, finding) => {
  expect(await linted({ 'messages/de.json': text })).toEqual([expect.stringContaining(finding)])
  await using folder = await makeContent({}, null)
  await folder.write('messages/de.json', text)
  expect(await faultOfTemplatesFolder(folder.folder)).toContain(`TEMPLATES_DIR: ${join(folder.folder, 'messages/de.json')}`)
})

test('check says what a new language lacks, and which language has no words', async () => {
  const [finding] = await linted({ 'messages/cy.json': JSON.stringify({ 'site.page': 'Tudalen {number}' }) })
  expect(finding).toMatch(
    /^warning messages\/cy\.json:undefined undefined: lacks \d+ of the \d+ messages that readers see, which are shown in English: /,
  )
  expect(lintLanguages(['en', 'pt', 'zh-CN', 'de-AT', 'cy', 'cy'], productTemplates)).toEqual([
    'there are no words in cy: pages and mail are in English. Write them to TEMPLATES_DIR/messages/cy.json',
  ])
  await using folder = await makeContent({}, null)
  await folder.write('messages/cy.json', '{}')
  expect(lintLanguages(['cy'], folder.folder)).toEqual([])
})
