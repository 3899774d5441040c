import { makeContent } from './content.ts'
import { pemOf, privateKey } from './dkim.ts'
import { type Received, startReceiver } from './receiver.ts'
import { adminToken, dataFolder, startService } from './spawned-service.ts'

export interface CapturedMail {
  readonly name: string
  /** Whether it belongs to a list with a one-click unsubscribe. */
  readonly isOfList: boolean
  readonly received: Received
}

/** All characters that ever broke a header, an email or a page, on one line. */
export const hostile = `.<b>"&'</b> =3D a=b =?utf-8?Q?=41?= 🌊👩‍👩‍👧 שלום \u202Eabc\u202C ${'w'.repeat(300)} \\"; Bcc: x@y.example`

export const readerName = 'Mara Ó Shore'

const counts = { one: 1, five: 5, fifteen: 15, forty: 40 }

const sentence = 'The harbour office counts the boats twice, once on the ebb and once on the flood, and writes down the larger number.'

function articleOf(fields: Readonly<Record<string, unknown>>, body = `${sentence}\n\n${sentence}`): string {
  return `---\n${JSON.stringify({ publish_date: '2026-11-12', read_time: '8 mins', ...fields })}\n---\n\n${body}\n`
}

function tideArticle(topic: string, number: number): string {
  return articleOf({
    title: `What the harbour heard on day ${number} of the ${topic}`,
    subtitle: `A walk along the quay, number ${number}, with the tide table in hand`,
    description: `${sentence} This is the account of day ${number}, from the first boat to the last, by those who were there.`,
    author: 'Ruth Addlestone',
    heroImage: `https://pictures.example.org/${topic}-${number}.jpg`,
    hero_alt: `The quay on day ${number}`,
    cta: `Walk the quay with us on day ${number} of the month, when the sheds are open and the kettle is on.`,
    topics: [topic],
  })
}

function hostileArticle(number: number): string {
  const of = (field: string) => `${hostile} ${field} ${number}`
  const fields = {
    title: of('Headline'),
    subtitle: of('Subtitle'),
    description: of('Description'),
    author: of('Author'),
    cta: of('Action'),
  }
  return articleOf({
    ...fields,
    cta_label: of('Label'),
    hero_alt: of('Picture'),
    heroImage: 'https://pictures.example.org/a.jpg',
    topics: ['hostile'],
  })
}

/** An article that is sent whole, with all Markdown elements. */
const wholeText = `${sentence}

## The ebb

1. Sheds
2. Kettles

> Nobody reads a tide table twice in the same way.

![The quay at low water](https://pictures.example.org/quay.jpg)

| Boat | Hour |
|---|---|
| Sprite | 06:40 |

\`\`\`
tide --today
\`\`\`

[The whole table](https://tides.example.org/today) is on the wall[^1].

[^1]: And in the almanac.
`

const topics = [...Object.keys(counts), 'hostile']

function publicationOf(language: string): string {
  return JSON.stringify({
    title: 'The Test Tide',
    language,
    timezone: 'Europe/London',
    sender: { name: 'The Test Tide', email: 'news@tide.example.org' },
    postal_address: '1 Quay Street, Tollerby',
    topics: Object.fromEntries(topics.map((topic) => [topic, `On ${topic}`])),
    digests: {
      ...Object.fromEntries(
        topics.map((topic) => [topic, { title: `The ${topic}`, schedule: '0 8 * * mon', topics: [topic], max_articles: 40 }]),
      ),
      instant: { title: 'As it happens', schedule: 'on_publish', delay: '15m' },
    },
  })
}

/**
 * Signed emails from the real process: issues of 1, 5, 15 and 40 articles, an issue with hostile values, one whole article, a confirmation
 * and a welcome, to a reader with a name.
 */
export async function captureMail(language: string): Promise<CapturedMail[]> {
  const articles: Record<string, string> = { 'hostile-1.md': hostileArticle(1), 'hostile-2.md': hostileArticle(2) }
  for (const [topic, count] of Object.entries(counts)) {
    for (let number = 1; number <= count; number++) articles[`${topic}-${number}.md`] = tideArticle(topic, number)
  }
  await using content = await makeContent(articles, publicationOf(language))
  await using data = await dataFolder()
  await using receiver = await startReceiver()
  const env = {
    SMTP_URL: receiver.url,
    PUBLIC_URL: 'https://tide.example.org',
    DKIM_PRIVATE_KEY: pemOf(privateKey).replaceAll('\n', '\\n'),
    DKIM_DOMAIN: 'tide.example.org',
    DKIM_SELECTOR: 'mail',
    BOUNCE_ADDRESS: 'bounces@tide.example.org',
    INBOUND_SMTP_PORT: '0',
  }
  await using service = await startService({ content: content.folder, data: data.folder, now: '2026-11-20T09:00:00Z', env })
  const body = new URLSearchParams({ email: 'ada@example.org' })
  for (const digest of [...topics, 'instant']) body.append('digests', digest)
  await service.fetch('/subscribe', { method: 'POST', body })
  const confirmation = await receiver.next(() => true)
  await service.fetch(/\/confirm\/[\w-]+/.exec(confirmation.mail.text ?? '')?.[0] ?? '', { method: 'POST' })
  const welcome = await receiver.next(({ source }) => source.includes('/preferences/'))
  // Only an import sets the name.
  const imported = await service.fetch('/api/v1/subscribers/import?basis=consent', {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'text/csv' },
    body: `email,name,status,digests\nmara@example.org,${readerName},subscribed,${[...topics, 'instant'].join(' ')}\n`,
  })
  if (!imported.ok) throw new Error(await imported.text())
  await service.setClock('2026-11-23T08:00:10Z')
  const issueOf = (digest: string) =>
    receiver.next(({ to, source }) => to === 'mara@example.org' && source.includes(`<${digest}.tide.example.org>`))
  const issues: CapturedMail[] = []
  for (const topic of topics) issues.push({ name: topic, isOfList: true, received: await issueOf(topic) })
  await content.write(
    'articles/whole.md',
    articleOf({ title: 'The whole of it', publish_date: '2026-11-23', description: sentence, author: 'Ruth Addlestone' }, wholeText),
  )
  while (!(await (await service.fetch('/feed.json')).text()).includes('The whole of it'))
    await new Promise((resolve) => setImmediate(resolve))
  await service.setClock('2026-11-23T09:00:00Z')
  issues.push({ name: 'whole', isOfList: true, received: await issueOf('instant') })
  return [
    ...issues,
    { name: 'confirmation', isOfList: false, received: confirmation },
    { name: 'welcome', isOfList: false, received: welcome },
  ]
}
