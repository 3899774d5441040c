import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderMarkdown } from '../../src/articles/markdown/render-markdown.ts'
import { bodyForMail } from '../../src/email/body.ts'
import { decodeEntities } from '../../src/platform/html/decode.ts'
import { english } from '../support/english.ts'
import { makePublication } from './articles-world.ts'

/** Each `@` becomes a word of its own, which must be shown. */
const inlines = [
  ...['@', '*@*', '**@ @**', '`@`', '[@](https://a.example/)', '![@](b.png "t") @', '@ < @ > @', '{@}', '[@]', '[@ @]'],
  ...['<b>@</b>', '<span>@', '@</span>', '<a name="q">@</a>', '</source>@', '<td>@</td>', '@[^1]', '==@==', ':@:', '&lt;@', '$@$', '~~@~~'],
  ...['{{ @', '{% @', '[[@', '@]]', '{: @', '::@', '%%@', '[caption @]', '@ import @', '{@ = @}'],
]
const blocks = [
  ...[
    '~',
    '<https://a.example/@> ~',
    '# ~',
    '## ~ {v~}',
    '> ~',
    '- ~\n  - ~',
    '1. ~\n\n   ~',
    '- [x] ~',
    '| ~ | ~ |\n|---|--:|\n| ~ | ~ |',
    '    ~',
    '```\n~\n```',
  ],
  ...['<div>~', '</div>~', '<p>~<div>~</div>', '<tr><td>~</td></tr>', '<ul>~<li>~</ul>', '<details>~<summary>~</summary></details>'],
  ...['import ~ from "the past"', 'export ~', '::: note\n~\n:::', ':::\n~', '> [!note] ~\n> ~', '!!! ~', '[^1]: ~', '***\n~', '~\n==='],
]

const inline = fc.constantFrom(...inlines)
const block = fc
  .tuple(fc.constantFrom(...blocks), fc.array(inline, { minLength: 1, maxLength: 3 }))
  // A table cell is one line without bars, and code shows any text.
  .map(([outer, inner]) => outer.replaceAll('~', () => inner.join(' ')))
const body = fc.array(block, { minLength: 1, maxLength: 6 }).map((parts) => {
  let count = 0
  return parts.join('\n\n').replaceAll('@', () => `word${count++}x`)
})

const publication = makePublication('/nowhere')
const base = {
  publication,
  path: 'a.md',
  url: 'https://tide.example.org/articles/a',
  slug: 'a',
  params: new Map<string, string>(),
  addressOf: () => undefined,
}

function expectWords(written: string, dialects: ReadonlySet<never>): void {
  const html = renderMarkdown(written, { ...base, dialects })
  const mail = bodyForMail({ html, limit: 1_000_000, pictures: [] }, english).html
  for (const [place, shown] of Object.entries({ page: html, mail })) {
    // Texts of pictures count, since readers without pictures see them.
    const text = decodeEntities(shown.replace(/<img[^>]* alt="([^"]*)"[^>]*>/g, ' $1 ').replace(/<\/?[a-z][^<>]*>/g, ' '))
    for (const [word] of written.matchAll(/word\d+x/g)) expect(text, place).toContain(word)
  }
}

test('without dialects, every word of Markdown and HTML is on the page and in mail', () => {
  fc.assert(
    fc.property(body, (written) => expectWords(written, new Set())),
    { seed: 17, numRuns: 1_500, interruptAfterTimeLimit: 12_000 },
  )
})
