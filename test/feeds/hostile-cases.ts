/** One hostile or malformed file, and the expected entry in all three formats. */
export interface HostileCase {
  readonly name: string
  /** Front matter besides title and date, and the body. A title or date here replaces the default. */
  readonly fields?: string
  readonly body?: string
  /** The whole file, instead of fields and body. */
  readonly file?: string
  /** The expected entry; `undefined` if the file must be skipped. */
  readonly expected: Expected | undefined
}

export interface Expected {
  readonly title?: string
  readonly summary?: string
  readonly author?: string
  readonly topics?: readonly string[]
  readonly html?: RegExp
  readonly notHtml?: RegExp
}

const quoted = (text: string) => JSON.stringify(text)

function titled(title: string, expected = title): HostileCase {
  return { name: `title ${JSON.stringify(title).slice(0, 60)}`, fields: `title: ${quoted(title)}`, expected: { title: expected } }
}

function described(text: string, expected = text, author = expected): HostileCase {
  const name = `description, author and topic ${JSON.stringify(text).slice(0, 60)}`
  return { name, fields: `description: ${quoted(text)}\nauthor: ${quoted(text)}`, expected: { summary: expected, author } }
}

function bodied(body: string, expected: Omit<Expected, 'title'>): HostileCase {
  return { name: `body ${JSON.stringify(body).slice(0, 60)}`, body, expected }
}

function refused(name: string, file: string): HostileCase {
  return { name, file, expected: undefined }
}

const file = (fields: string, body = 'Body.') => `---\n${fields}\n---\n\n${body}\n`
const dated = (date: string) => refused(`date ${date}`, file(`title: T\npublish_date: ${date}`))

/** As a title or description shows them: entities are characters, and pairs of inline elements go. */
const shownAs = new Map([
  ['How &amp; works', 'How & works'],
  ['&lt;b&gt; &#38; &#x26; &nbsp; &unknown;', '<b> & &   &unknown;'],
  ['<b>bold</b>', 'bold'],
])

const hardTexts = [
  'AT&T',
  'a < b & c > d',
  'How &amp; works',
  '&lt;b&gt; &#38; &#x26; &nbsp; &unknown;',
  '<b>bold</b>',
  '<script>alert(1)</script>',
  '</title></item></channel></rss>',
  '</title></entry></feed>',
  'x ]]> y',
  ']]>]]>]]>',
  ']]><item><title>injected</title></item><![CDATA[',
  '<![CDATA[ x ]]>',
  '<?xml version="1.0"?>',
  '<!-- comment --> <!DOCTYPE x>',
  '"double" \'single\' `back`',
  'insertion:0; insertion:1; insertion:99;',
  "$1 $& $` $' $$ \\1",
  '{{ liquid }} {% raw %} \u0024{js}',
  '%s %d %00 %zz',
  'emoji 🌊👩‍👩‍👧‍👦 and 𝒜',
  'עברית و العربية \u200F\u200E',
  '日本語の題名、長い',
  'e\u0301 combining and ﬁ ligature',
  'soft\u00ADhyphen zero\u200Bwidth',
  '\u202Eright to left override',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  '[object Object]',
  '0',
  '-1e309',
  'true',
]

export const hostileCases: readonly HostileCase[] = [
  ...hardTexts.map((text) => titled(text, shownAs.get(text))),
  titled('nul\u0000 bell\u0007 escape\u001B[31m', 'nul bell escape[31m'),
  titled('del\u007F c1\u0085\u009F', 'del c1'),
  titled('noncharacters \uFFFE\uFFFF\uFDD0', 'noncharacters'),
  titled('line\nfeed\r\nand\ttab', 'line feed and tab'),
  titled('line\u2028and paragraph\u2029separators', 'line and paragraph separators'),
  titled('  blanks around  ', 'blanks around'),
  { name: 'title with a lone high surrogate', fields: 'title: "a\\uD800b"', expected: { title: 'a\uFFFDb' } },
  { name: 'title with a lone low surrogate', fields: 'title: "a\\uDC00b"', expected: { title: 'a\uFFFDb' } },
  { name: 'title that is a number', fields: 'title: 2024', expected: { title: '2024' } },
  { name: 'title that is a number with a nought behind', fields: 'title: 1.10', expected: { title: '1.10' } },
  { name: 'title that is a boolean', fields: 'title: yes', expected: { title: 'yes' } },
  { name: 'title that is a date', fields: 'title: 2026-01-01', expected: { title: '2026-01-01' } },
  { name: 'title of ten thousand signs', fields: `title: ${'x&'.repeat(5_000)}`, expected: { title: 'x&'.repeat(5_000) } },
  ...hardTexts.slice(0, 16).map((text) => described(text, shownAs.get(text), text)),
  described('control \u0000\u0008\u001F signs', 'control  signs'),
  { name: 'author with an email address, which is not published', fields: 'author: Jane <jane@example.org>', expected: { author: 'Jane' } },
  { name: 'author with a sign that is no mail address', fields: 'author: Jane <@>', expected: { author: 'Jane <@>' } },
  { name: 'author as a link, which is its words', fields: 'author: "[Jane](https://jane.example.org)"', expected: { author: 'Jane' } },
  {
    name: 'topics with markup',
    fields: `topics: ["<b>", "]]>", "R&D", "a/b?c#d"]`,
    expected: { topics: ['<b>', 'R&D', 'a/b?c#d'] },
  },
  { name: 'topics that are numbers', fields: 'topics: [2024, 7]', expected: { topics: ['2024', '7'] } },
  {
    name: 'subtitle, cta and label with markup',
    fields: 'subtitle: "]]><x>"\ncta: "</p><script>x()</script> ]]> & more to make it long"\ncta_label: "<i>"',
    expected: {
      html: /<p>&lt;\/p&gt;&lt;script&gt;x\(\)&lt;\/script&gt; ]]&gt; &amp; more[\s\S]*<strong>&lt;i&gt;</,
      notHtml: /<script|]]>/,
    },
  },
  {
    name: 'cta_url that runs',
    fields: 'cta: Go\ncta_url: "javascript:alert(1)"',
    expected: { html: /<strong>Go</, notHtml: /javascript/ },
  },
  { name: 'hero that runs', fields: 'heroImage: "javascript:alert(1)"', expected: { notHtml: /javascript|<img/ } },
  {
    name: 'hero with quotes and markup',
    fields: `heroImage: 'https://e.example/a"b<c>&d.jpg'`,
    expected: { html: /src="https:\/\/e\.example\/a%22b%3Cc%3E&amp;d\.jpg"/ },
  },
  {
    name: 'hero beyond ASCII',
    fields: "heroImage: 'https://пример.example/ä ö.jpg'",
    expected: { html: /src="https:\/\/xn--e1afmkfd\.example\/%C3%A4%20%C3%B6\.jpg"/ },
  },
  {
    name: 'hero of a relative file that is not there',
    fields: 'heroImage: ../../../../../etc/passwd',
    expected: { notHtml: /passwd|<img/ },
  },
  { name: 'hero that is no address', fields: "heroImage: 'http://[bad'", expected: { notHtml: /<img/ } },
  { name: 'enclosure outside', fields: 'enclosures: [../../../../etc/passwd, "https://e.example/a.mp3"]', expected: {} },
  { name: 'slug beyond ASCII', fields: 'slug: "Prílíš-žluťoučký 🌊"', expected: {} },
  { name: 'id that is bare', fields: 'id: "7 <&> ]]>"', expected: {} },
  { name: 'id that runs', fields: 'id: "javascript:alert(1)"', expected: {} },
  bodied('a ]]> b ]]> c', { html: /a \]\]&gt; b \]\]&gt; c/, notHtml: /]]>/ }),
  bodied('x\u0000\u0001\u0008\u000B\u001F\uFFFE y', { html: /x y|x\uFFFD y/ }),
  bodied('&#0; &#1; &#xFFFE; &#xD800; <p>&#7;</p>', { notHtml: /&#/ }),
  bodied('<script>alert(1)</script>after', { notHtml: /<script|alert/ }),
  bodied('<img src=x onerror=alert(1)>', { html: /<img src="https:/, notHtml: /onerror/ }),
  bodied('[x](javascript:alert(1)) <a href="java\tscript:alert(1)">y</a>', { notHtml: /href/ }),
  bodied('[x](/rooted) [y](sibling) [z](#here) ![i](pic.png)', {
    html: /href="https:\/\/tide\.example\.org\/rooted"[\s\S]*src="https:\/\/tide/,
    notHtml: /(?:href|src)="(?!https:)/,
  }),
  bodied('[x](https://пример.example/ä?ö=ü#ß "ti\\"tle & <b>")', {
    html: /href="https:\/\/xn--e1afmkfd\.example\/%C3%A4\?%C3%B6=%C3%BC#%C3%9F"/,
  }),
  bodied('<style>*{display:none}</style><iframe src="https://e.example"></iframe><object></object>text', {
    html: /text/,
    notHtml: /style|iframe|object/,
  }),
  bodied('<p style="x" class="y" onclick="z" id="w">text</p>', { html: /<p id="w">text<\/p>/ }),
  bodied('<div><p><b>never closed', { html: /never closed\s*<\/b><\/p><\/div>/ }),
  bodied('</item></channel></content></entry></feed>', { notHtml: /<\/(item|channel|entry|feed)>/ }),
  bodied('<!-- --> <![CDATA[ x ]]> <?php echo 1 ?> <!DOCTYPE x>', { notHtml: /CDATA|php|DOCTYPE/ }),
  bodied('```html\n<script>alert("]]>")</script>\n```', { html: /&lt;script&gt;alert\("\]\]&gt;"\)&lt;\/script&gt;/ }),
  bodied('', { notHtml: /undefined|null/ }),
  bodied(`${'> '.repeat(500)}deep`, { notHtml: /undefined/ }),
  bodied('*a '.repeat(5_000), { html: /\*a \*a/ }),
  bodied('<div>'.repeat(2_000), {}),
  bodied('[a]('.repeat(2_000), {}),
  bodied('| a | b |\n|---|---|\n| `]]>` | <b> |', { html: /<td><code>\]\]&gt;<\/code><\/td>/ }),
  bodied('\u202E\u2066 bidi \u0600\u06DD', { html: /bidi/ }),
  bodied('---\ntitle: second front matter\n---', { notHtml: /undefined/ }),
  {
    name: 'CRLF and a byte order mark',
    file: '\uFEFF---\r\ntitle: crlf\r\npublish_date: 2026-11-01\r\n---\r\na\r\nb\r\n',
    expected: { title: 'crlf', html: /<p>a\nb<\/p>/ },
  },
  { name: 'lone CR', file: '---\rtitle: cr\rpublish_date: 2026-11-01\r---\ra\rb', expected: { title: 'cr', html: /<p>a\nb<\/p>/ } },
  dated('2017-02-29'),
  dated('2026-13-01'),
  dated('soon'),
  dated('99999-01-01'),
  dated('{ a: 1 }'),
  dated('""'),
  refused('no date', file('title: T')),
  refused('no title', file('publish_date: 2026-11-01')),
  refused('empty title', file('title: "\\u0000 "\npublish_date: 2026-11-01')),
  refused('title that is a list', file('title: [a, b]\npublish_date: 2026-11-01')),
  refused('title that is a map', file('title: { a: b }\npublish_date: 2026-11-01')),
  refused('unreadable YAML', file('title: "T\npublish_date: 2026-11-01')),
  { name: 'a field twice', file: file('title: T\ntitle: U\npublish_date: 2026-11-01'), expected: { title: 'U' } },
  refused('code for front matter', '---js\n{ title: process.exit(1) }\n---\n'),
  refused('a fence of Object.prototype', '---toString\ntitle: T\n---\n'),
  refused('no front matter', 'Just words.'),
  refused('nothing', ''),
  refused('front matter without end', '---\ntitle: T\npublish_date: 2026-11-01\n'),
  refused(
    'a bomb of aliases',
    file(
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i},*a${i}]`).join('\n')}\ntitle: T\npublish_date: 2026-11-01`,
    ),
  ),
  refused('a slug that climbs', file('title: T\npublish_date: 2026-11-01\nslug: ../../admin')),
  refused('a draft', file('title: T\npublish_date: 2026-11-01\ndraft: yes')),
  refused('an article of tomorrow', file('title: T\npublish_date: 2026-11-25')),
]
