import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const publicationYaml = `
title: The Test Tide
admin_email: editor@tide.example.org
language: en
timezone: Europe/London
sender: { name: The Test Tide, email: news@tide.example.org }
postal_address: 1 Quay Street, Tollerby
topics: { craft: Craft and making, coast: Coast and weather }
digests:
  weekly: { title: The week, schedule: "0 8 * * mon", max_articles: 5, allowed_lateness: 6h }
  coast-daily: { title: "The coast, daily", schedule: "0 7 * * *", topics: [coast] }
`

export interface ArticleFields {
  readonly title?: string
  readonly date?: string
  readonly topics?: readonly string[]
  readonly extra?: string
  readonly body?: string
}

/** An article with native front matter. */
export function articleText({
  title = 'A tide comes in',
  date = '2026-11-10',
  topics = [],
  extra = '',
  body = 'The water rose.',
}: ArticleFields = {}): string {
  return `---
title: '${title.replaceAll("'", "''")}'
subtitle: 'What the harbour saw of ${title.replaceAll("'", "''")}'
description: 'An account of ${title.replaceAll("'", "''")}, from the first boat to the last.'
author: 'Ruth Addlestone'
read_time: '8 mins'
publish_date: '${date}'
created_date: '${date}'
heroImage: 'https://pictures.example.org/${encodeURIComponent(title)}.jpg'
cta: 'Walk the quay with us on the first Sunday of the month, when the sheds are open and the kettle is on: ${title.replaceAll("'", "''")}.'
topics: [${topics.join(', ')}]
${extra}---

${body}
`
}

/** A content folder with `publication.yaml` and articles by file name. Disposal deletes it. */
export async function makeContent(
  articles: Readonly<Record<string, string>>,
  publication: string | null = publicationYaml,
): Promise<
  AsyncDisposable & {
    readonly folder: string
    write(path: string, content: string | Uint8Array): Promise<void>
    remove(path: string): Promise<void>
  }
> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-content-'))
  async function write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  if (publication !== null) await write('publication.yaml', publication)
  for (const [name, text] of Object.entries(articles)) await write(`articles/${name}`, text)
  return {
    folder,
    write,
    remove: (path) => rm(join(folder, path)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
