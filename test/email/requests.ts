import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type ArticleValues,
  type DigestValues,
  type EmailRequest,
  type PublicationValues,
  readerPlaceholder,
  type SingleValues,
} from '../../src/email/email.ts'

export const templatesFolder = fileURLToPath(new URL('../../templates', import.meta.url))

const home = 'https://news.example.org'

export const publication: PublicationValues = {
  title: 'The Harbour Post',
  url: home,
  language: 'en',
  postal_address: '1 Fish Street, Whitby YO22 4DE, England',
  accent: { light: '#8a1c1c', dark: '#e08a7d' },
  fonts: { text: '', labels: '' },
  logo: null,
}

export function article(number: number, changes: Partial<ArticleValues> = {}): ArticleValues {
  return {
    title: `How to read tide table ${number} without getting your feet wet`,
    subtitle: `Six columns of figures, and the three that matter on walk ${number}`,
    description: `A tide table looks like a railway timetable and is nothing like one. Here is how the harbour office reads number ${number}.`,
    url: `${home}/articles/tide-table-${number}`,
    language: 'en',
    author: `Ada Thornley the ${number}th`,
    read_minutes: number + 2,
    date: `${number} November 2026`,
    topic: `Shore ${number}`,
    hero: { url: `${home}/media/images/tide-${number}.jpg`, alt: `A tide staff with ${number} marks`, width: 544, height: 306 },
    call_to_action: {
      text: `Walk the causeway with us on spring tide ${number}: we leave from the slipway an hour before low water.`,
      label: `Reserve place ${number}`,
      url: `${home}/walks/${number}`,
    },
    ...changes,
  }
}

export function digestRequest(
  articles: readonly ArticleValues[] = [article(1), article(2)],
  changes: Partial<DigestValues> = {},
): EmailRequest {
  const values: DigestValues = {
    publication,
    digest: { name: 'weekly', title: 'The week' },
    issue: { number: 42, date: '16 November 2026', subject: 'How to read a tide table' },
    articles,
    more: [{ title: 'Letters nobody called for', url: `${home}/articles/letters`, language: 'en' }],
    unlisted: 0,
    with_contents: false,
    read_on: 'button',
    links: {
      unsubscribe: `${home}/unsubscribe/${readerPlaceholder('unsubscribe_token')}`,
      preferences: `${home}/preferences/${readerPlaceholder('preferences_token')}`,
      home: `${home}/`,
      browser: `${home}/issues/42`,
      feed: `${home}${readerPlaceholder('feed_path')}`,
    },
    pixel: '',
    reader_name: readerPlaceholder('name'),
    comma_name: readerPlaceholder('comma_name'),
    ...changes,
  }
  return { template: 'digest', values }
}

/** The text of an article with every element that Markdown makes. */
export const wholeText = `<p>A tide table <a href="https://almanac.example.org/">looks like</a> a railway timetable.</p>
<h2>The <code>figures</code></h2><p>Two <strong>bold</strong> words<sup><a href="#fn1">1</a></sup>, and <a href="https://almanac.example.org/a">https://almanac.example.org/a</a>.</p>
<blockquote><p>Nobody reads a tide table twice.</p></blockquote><ul><li>High water</li><li>Low water</li></ul>
<pre><code>if (tide) {\n  walk()\n}</code></pre>
<figure><img src="https://news.example.org/media/slipway.webp" alt="A slipway" onerror="alert(1)"><figcaption>Before breakfast</figcaption></figure>
<table><thead><tr><th>Hour</th><th>Metres</th></tr></thead><tbody><tr><td>06:12</td><td>4.1</td></tr></tbody></table>
<hr><audio src="https://news.example.org/media/walk.mp3" controls></audio><iframe src="https://evil.example"></iframe><p>The end.</p>`

/** A request for one whole article with the text `html`. */
export function singleRequest(html: string, changes: Partial<SingleValues> = {}): EmailRequest {
  const { values } = digestRequest() as { values: DigestValues }
  const { publication, digest, issue, links, pixel, reader_name, comma_name } = values
  const body = { html, limit: html.length, pictures: [] }
  return {
    template: 'article',
    values: { publication, digest, issue, links, pixel, reader_name, comma_name, article: article(1), body, ...changes },
  }
}

const digests = [{ title: 'The week', rhythm: 'every Monday at 08:00' }]

export const confirmRequest: EmailRequest = {
  template: 'confirm',
  values: {
    publication,
    digests,
    links: { confirm: `${home}/confirm/${readerPlaceholder('confirm_token')}`, home: `${home}/` },
    expires_days: 7,
  },
}

export const welcomeRequest: EmailRequest = {
  template: 'welcome',
  values: {
    publication,
    has_topics: true,
    digests,
    links: { preferences: `${home}/preferences/${readerPlaceholder('preferences_token')}`, home: `${home}/`, feed: `${home}/feed.xml` },
  },
}

export const goodbyeRequest: EmailRequest = {
  template: 'goodbye',
  values: {
    publication,
    left: digests,
    remaining: [{ title: 'As it happens', rhythm: 'As articles appear' }],
    links: {
      again: `${home}/preferences/${readerPlaceholder('preferences_token')}`,
      preferences: `${home}/preferences/${readerPlaceholder('preferences_token')}`,
      home: `${home}/`,
      feed: `${home}/feed.xml`,
    },
  },
}

export const noticeRequest: EmailRequest = {
  template: 'notice',
  values: {
    publication,
    subject: 'Issue 42 of The week is held',
    paragraphs: ['More than 50 articles are new.', 'Open the desk and approve or cancel it.'],
    links: { home: `${home}/admin` },
  },
}

/** A copy of the templates that a test may change. */
export async function copyTemplates(): Promise<
  AsyncDisposable & { folder: string; edit: (file: string, edit: (source: string) => string) => Promise<void> }
> {
  const parent = await mkdtemp(join(tmpdir(), 'broadsheet-templates-'))
  const folder = join(parent, 'templates')
  await cp(templatesFolder, folder, { recursive: true })
  return {
    folder,
    async edit(file, edit) {
      const path = join(folder, 'email', file)
      await writeFile(path, edit(await readFile(path, 'utf8')))
    },
    async [Symbol.asyncDispose]() {
      await rm(parent, { recursive: true, force: true })
    },
  }
}

/** A TEMPLATES_DIR that holds only these files of `email/`. */
export async function ownTemplates(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { folder: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'broadsheet-templates-'))
  const folder = join(parent, 'templates')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'email', name)), { recursive: true })
    await writeFile(join(folder, 'email', name), text)
  }
  return { folder, [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }) }
}

export const loginRequest: EmailRequest = {
  template: 'login',
  values: {
    publication,
    subject: 'Log in to the desk of The Morning Tide',
    paragraphs: ['The button opens a page that logs you in. The link works once, for 15 minutes.'],
    button: 'Open the desk',
    closing: 'If you did not ask for it, do nothing.',
    links: { login: `${home}/admin/login/${readerPlaceholder('login_token')}`, home: `${home}/` },
  },
}
