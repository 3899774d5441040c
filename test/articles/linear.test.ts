import { expect, test } from 'vitest'
import { dialectSigns } from '../../src/articles/dialects/dialect-signs.ts'
import { normaliseBody } from '../../src/articles/dialects/normalise-body.ts'
import { firstHeading, openingParagraph } from '../../src/articles/markdown/plain-text.ts'
import { dialectNames } from '../../src/publication/dialects.ts'

const dialects = new Set(dialectNames)

function read(body: string, path: string): void {
  const context = { path, dialects, params: new Map<string, string>(), addressOf: () => '/', fileNamed: () => undefined }
  dialectSigns(body, path)
  normaliseBody(body, context)
  firstHeading(body, context)
  openingParagraph(body.slice(0, 16_000), context)
}

function timeOf(body: string, path: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3; run++) {
    const began = performance.now()
    read(body, path)
    best = Math.min(best, performance.now() - began)
  }
  return best
}

const markers = [
  ...[
    '{{<',
    '{{< a ',
    '{{%',
    '{%',
    '{% a ',
    '{{ ',
    '{:',
    '{: .a',
    '{#a ',
    '{.a',
    '{::',
    '[caption ',
    '[caption]',
    '[a b="',
    '[/a]',
    '![[',
    '[[a|',
    '%%',
    '==a',
    ' ^a',
  ],
  ...[
    '%[https://',
    '![a](b align="',
    ':a[',
    ':a[b]{',
    '::a\n',
    ':::a\n',
    '::\n',
    ':::\n',
    '::a{b="\n',
    '<A ',
    '<A>\n',
    '</A>\n',
    '<a-b>\n',
    '<a b={{',
    '{`',
    "{'",
    '<div>\n',
  ],
  ...[
    '<noscript>',
    '<script',
    '<iframe ',
    '<pre>',
    '`',
    '$',
    '# \t ',
    '# {',
    '> [!a',
    '    {{ x\n\n',
    '!!! a\n',
    '- [',
    'import a\n',
    'export const a = (',
    '<!--',
    '{/*',
    '[a][',
    '<b',
    '&a;',
  ],
]

/** Sixteen times the length may take sixteen times as long. Quadratic work would take 256 times. */
test.each(markers)('%j repeated takes time in proportion to its length', (marker) => {
  for (const path of ['a.md', 'a.mdx']) {
    const short = timeOf(marker.repeat(Math.ceil(4_096 / marker.length)), path)
    const long = timeOf(marker.repeat(Math.ceil(65_536 / marker.length)), path)
    // Below 50 ms, the clock and the collector decide. Quadratic work stays far above the limit.
    if (long > 50) expect(long / short, `${path}: ${short} ms, ${long} ms`).toBeLessThan(128)
  }
})
