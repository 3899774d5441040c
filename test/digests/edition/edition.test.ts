import sharp from 'sharp'
import { expect, test } from 'vitest'
import { previewIssue } from '../../../src/digests/edition/preview.ts'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import type { EmailRequest } from '../../../src/email/email.ts'
import { mediaRoutes } from '../../../src/web/site/media.ts'
import { becomeReader, issuesTo, startWorld, type World } from '../../support/world.ts'
import { serve } from '../../web/site/visitor.ts'

const webp = await sharp({ create: { width: 2_000, height: 1_000, channels: 3, background: '#8a1c1c' } })
  .webp()
  .toBuffer()

function articleText(fields: Readonly<Record<string, string>>, body = 'The water rose.'): string {
  return `---\n${JSON.stringify({ publish_date: '2026-11-10', ...fields })}\n---\n\n${body}\n`
}

function digestOf(world: World, name: string) {
  const definition = world.app.publication.current().digests.get(name)
  if (!definition) throw new Error(`there is no ${name}`)
  return definition
}

async function sendIssue(world: World, digest: string, email: string) {
  const created = await createIssue(world.app.digests, digestOf(world, digest), {})
  if (created.status !== 'created') throw new Error(created.status)
  await runDue(world.app.digests)
  await world.app.sender.drain()
  const got = issuesTo(world, email, digest).at(-1)
  if (!got) throw new Error('nothing came')
  return got
}

const publication = JSON.stringify({
  title: 'Tide',
  language: 'en',
  timezone: 'Europe/London',
  sender: { name: 'Tide', email: 'news@tide.example.org' },
  postal_address: '1 Quay Street',
  topics: { craft: 'Craft' },
  digests: {
    weekly: { title: 'The week', schedule: '0 8 * * mon', max_articles: 100 },
    instant: { title: 'As it happens', schedule: 'on_publish', start_with: 1 },
  },
})

test('a hero that Outlook cannot show becomes a JPEG of the needed size, which stays available', async () => {
  await using world = await startWorld({
    publication,
    articles: { 'tide.md': articleText({ title: 'Tide', heroImage: '../images/tide.webp' }) },
  })
  await world.content.write('images/tide.webp', webp)
  await world.app.articles.reload(world.app.publication.current())
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const { mail } = await sendIssue(world, 'weekly', 'mara@example.org')
  const [, path = ''] = /src="https:\/\/tide\.example\.org(\/media\/mail\/[\w-]{22}\.jpg)"/.exec(mail.html || '') ?? []
  expect(path).not.toBe('')
  await using visitor = await serve({ '/': mediaRoutes(() => world.app.publication.current(), world.app.mailPictures) })
  const shown = await fetch(visitor.origin + path)
  expect(shown.headers.get('Content-Type')).toBe('image/jpeg')
  expect(shown.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
  const { format, width, height } = await sharp(Buffer.from(await shown.arrayBuffer())).metadata()
  expect({ format, width, height }).toEqual({ format: 'jpeg', width: 1_088, height: 612 })
  expect((await fetch(`${visitor.origin}/media/mail/${'a'.repeat(22)}.jpg`)).status).toBe(404)
})

test('a picture that cannot be fetched keeps its address, does not delay sending, and is reported to the editor', async () => {
  await using world = await startWorld({
    publication,
    articles: { 'tide.md': articleText({ title: 'Tide', heroImage: 'http://127.0.0.1:9/tide.webp' }) },
  })
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const preview = await previewIssue(world.app.digests, digestOf(world, 'weekly'))
  expect(preview?.warnings).toContain(
    'the picture http://127.0.0.1:9/tide.webp is not prepared for email and loads from its own address: 127.0.0.1 is not on the public internet',
  )
  const { mail } = await sendIssue(world, 'weekly', 'mara@example.org')
  expect(mail.html).toContain('src="http://127.0.0.1:9/tide.webp"')
})

test('a single article is sent whole, with email versions of its pictures', async () => {
  await using world = await startWorld({ publication, articles: {} })
  await world.content.write('images/quay.webp', webp)
  await becomeReader(world, 'mara@example.org', ['instant'])
  await world.content.write(
    'articles/quay.md',
    articleText(
      { title: 'The quay', publish_date: '2026-11-20' },
      'The first stone.\n\n![The quay](../images/quay.webp)\n\n## Later\n\nThe last stone[^1], of [ours](#fn-ours).\n\n[^1]: Laid in 1804.',
    ),
  )
  await world.app.articles.reload(world.app.publication.current())
  const { mail } = await sendIssue(world, 'instant', 'mara@example.org')
  expect(mail.subject).toBe('The quay')
  expect(mail.text).toContain('The first stone.\n\n[The quay]\n\nLater\n~~~~~\n\nThe last stone[1], of ours')
  // Footnotes have no links inside the email.
  expect(mail.text).toMatch(/\n 1\. Laid in 1804\.\n/)
  expect(mail.html).not.toMatch(/#fn(?:ref)?-quay/)
  expect(mail.html).toContain('/articles/quay#fn-ours"')
  expect(mail.html).toMatch(/<img[^>]*src="https:\/\/tide\.example\.org\/media\/mail\/[\w-]{22}\.jpg"[^>]*width="544"[^>]*height="272"/)
})

test('forty long articles, and one of 300 KB, stay under Gmail’s limit as sent', async () => {
  const long = 'Nobody reads a tide table twice in the same way. '.repeat(12)
  await using world = await startWorld({
    publication,
    articles: Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [
        `${at}.md`,
        articleText({ title: `Article ${at} ${long}`, description: `${at} ${long}`, cta: long }),
      ]),
    ),
  })
  await becomeReader(world, 'mara@example.org', ['weekly', 'instant'])
  const many = await sendIssue(world, 'weekly', 'mara@example.org')
  expect(Buffer.byteLength(many.source, 'latin1')).toBeLessThan(102_400)
  // Every article is present, as a card or as a link.
  for (let at = 0; at < 40; at++) expect(many.mail.text).toMatch(new RegExp(`Article\\s${at}\\s`))
  expect(many.mail.text).toContain('Also new')

  await world.content.write('articles/whole.md', articleText({ title: 'Whole', publish_date: '2026-11-20' }, `${long}\n\n`.repeat(500)))
  await world.app.articles.reload(world.app.publication.current())
  const whole = await sendIssue(world, 'instant', 'mara@example.org')
  const bytes = Buffer.byteLength(whole.source, 'latin1')
  expect(bytes).toBeLessThan(102_400)
  expect(bytes).toBeGreaterThan(80_000)
  expect(whole.mail.text).toContain('Read the rest: https://tide.example.org/articles/whole')
})

test('an article with very long fields stays under Gmail’s limit, in a script with nine bytes a character as sent', async () => {
  const wide = '海'.repeat(600)
  const fields = { title: wide, subtitle: wide, description: wide, author: wide, cta: wide, cta_label: wide, hero_alt: wide }
  const article = articleText({ ...fields, heroImage: 'http://127.0.0.1:9/sea.jpg', slug: 'sea' })
  await using world = await startWorld({ publication, articles: { 'sea.md': article } })
  const preview = await previewIssue(world.app.digests, digestOf(world, 'weekly'))
  expect(preview?.subject).toMatch(/^The week: 海{300,}…$/)
  // Without the signature.
  expect(preview?.bytes).toBeLessThan(102_400 - 2_000)
})

test('an article in another language keeps its own text direction', async () => {
  await using world = await startWorld({ publication, articles: { 'tide.md': articleText({ title: 'איך לקרוא', language: 'he' }) } })
  const preview = await previewIssue(world.app.digests, digestOf(world, 'weekly'))
  expect(preview?.html).toContain('<html lang="en" dir="ltr"')
  expect(preview?.html).toMatch(/<div lang="he" dir="rtl"[^>]*>(?:(?!<\/div>)[\s\S])*איך לקרוא/)
})

test('every email has the fonts of the publication and an email version of its logo', async () => {
  const theme = { logo: 'images/logo.svg', fonts: { text: 'Charter, serif', labels: 'Verdana, sans-serif' } }
  await using world = await startWorld({
    publication: JSON.stringify({ ...JSON.parse(publication), ...theme }),
    files: { 'images/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><circle cx="5" cy="5" r="4"/></svg>' },
    articles: { 'tide.md': articleText({ title: 'Tide' }) },
  })
  await becomeReader(world, 'mara@example.org', ['weekly'])
  const { mail } = await sendIssue(world, 'weekly', 'mara@example.org')
  const confirmation = world.receiver.received.find((one) => one.mail.subject?.startsWith('Please confirm'))
  for (const email of [mail, confirmation?.mail]) {
    expect(email?.html).toMatch(
      /<img class="logo" src="https:\/\/tide\.example\.org\/media\/mail\/[\w-]{22}\.png" alt="Tide" width="128" height="64"/,
    )
    expect(email?.html).toContain('Charter, serif')
    expect(email?.html).toContain('Verdana, sans-serif')
    expect(email?.text).toMatch(/^Tide\n/)
  }
})

test('the preview of a digest of single articles is one whole article, even if none is new', async () => {
  const fields = (title: string) => articleText({ title }, `The whole of ${title}.`)
  await using world = await startWorld({ publication, articles: { 'a.md': fields('Ebb'), 'b.md': fields('Flood') } })
  const preview = await previewIssue(world.app.digests, digestOf(world, 'instant'))
  expect(preview?.articles).toHaveLength(1)
  expect(preview?.text).toContain('The whole of')
})

test('an edition is rendered once for each list of articles that readers get, and not for each reader or choice', async () => {
  const topics = { craft: 'Craft', coast: 'Coast' }
  await using world = await startWorld({
    publication: JSON.stringify({ ...JSON.parse(publication), topics }),
    articles: {
      'knots.md': `---\n${JSON.stringify({ title: 'Knots', publish_date: '2026-11-10', topics: ['craft'] })}\n---\n\nText.\n`,
      'tides.md': `---\n${JSON.stringify({ title: 'Tides', publish_date: '2026-11-10', topics: ['coast'] })}\n---\n\nText.\n`,
    },
  })
  const choices = [[], ['craft'], ['coast'], ['craft', 'coast'], ['craft'], []]
  for (const [index, chosen] of choices.entries()) await becomeReader(world, `reader-${index}@example.org`, ['weekly'], chosen)
  let rendered = 0
  const counting = {
    ...world.app.digests,
    render: (request: EmailRequest) => {
      rendered++
      return world.app.digests.render(request)
    },
  }
  expect(await createIssue(counting, digestOf(world, 'weekly'), {})).toMatchObject({ status: 'created' })
  await runDue(counting)
  await world.app.sender.drain()
  const titles = choices.map((_, index) => {
    const [got] = issuesTo(world, `reader-${index}@example.org`)
    return ['Knots', 'Tides'].filter((title) => got?.mail.text?.includes(title))
  })
  const both = ['Knots', 'Tides']
  expect(titles).toEqual([both, ['Knots'], ['Tides'], both, ['Knots'], both])
  expect(rendered).toBe(3)
})
