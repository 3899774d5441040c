import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const words = 'tide quay lantern rope harbour ledger fog smoke plank signal gull mast copper letter weather morning'.split(' ')

/** A content folder of `count` articles of about 440 words, one a day, removed at the end. */
export async function makeArticles(
  count: number,
): Promise<AsyncDisposable & { readonly folder: string; articlePath(index: number): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-bench-'))
  const articlePath = (index: number) => join(folder, 'articles', `article-${index}.md`)
  await mkdir(join(folder, 'articles'))
  await writeFile(
    join(folder, 'publication.yaml'),
    'title: The Bench\nsender: { name: The Bench, email: bench@example.org }\ntopics: { a: A, b: B, c: C }\ndigests:\n  weekly: { title: The week, schedule: "0 8 * * mon" }\n',
  )
  for (let index = 0; index < count; index++) await writeFile(articlePath(index), articleText(index))
  return { folder, articlePath, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

export function articleText(index: number, title = `Article number ${index}`): string {
  const date = new Date(Date.UTC(2026, 9, 31) - index * 86_400_000).toISOString().slice(0, 10)
  const paragraph = (seed: number) =>
    Array.from({ length: 55 }, (_, at) => words[(seed * 7 + at * (1 + (seed % 5))) % words.length]).join(' ')
  const body = Array.from({ length: 8 }, (_, at) => `${at === 3 ? '## A heading\n\n' : ''}${paragraph(index + at)}.`).join('\n\n')
  return `---\ntitle: '${title}'\ndescription: 'What is told in ${title}.'\nauthor: 'B. Ench'\npublish_date: '${date}'\ncta: 'Read the rest of it on the site, where the pictures are larger.'\ntopics: [${'abc'[index % 3]}]\n---\n\n${body}\n`
}
