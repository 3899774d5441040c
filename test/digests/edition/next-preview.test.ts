import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NextPreviews } from '../../../src/digests/edition/next-preview.ts'
import { planNextIssue } from '../../../src/digests/issue/next-issue.ts'
import { articleText } from '../../support/content.ts'
import { startWorld } from '../../support/world.ts'

test('a preview is rendered once for its content, and again after a change of article, template or a minute', async () => {
  const templates = await mkdtemp(join(tmpdir(), 'broadsheet-templates-'))
  await mkdir(join(templates, 'email'))
  try {
    await using world = await startWorld({ articles: { 'tides.md': articleText({ title: 'Tides' }) } })
    const { app, clock } = world
    const weekly = app.publication.current().digests.get('weekly')
    if (!weekly) throw new Error('there is no weekly')
    const previews = new NextPreviews(app.digests, templates)
    const plan = () => planNextIssue(app.digests, weekly)
    const render = async () => previews.render(weekly, await plan())

    expect(await previews.rendered(weekly, await plan())).toBeUndefined()
    const [first, second] = await Promise.all([render(), render()])
    expect(first).toMatchObject({ subject: 'The week: Tides' })
    expect(second).toBe(first)
    expect((await previews.rendered(weekly, await plan()))?.outcome).toBe(first)

    await writeFile(join(templates, 'email', 'digest.mjml'), 'anything')
    expect(await previews.rendered(weekly, await plan())).toBeUndefined()
    const afterTemplate = await render()
    expect(afterTemplate).not.toBe(first)

    await world.content.write('articles/tides.md', articleText({ title: 'Neap tides' }))
    await app.articles.reload(app.publication.current())
    const afterArticle = await render()
    expect(afterArticle).toMatchObject({ subject: 'The week: Neap tides' })

    expect(await render()).toBe(afterArticle)
    clock.advance(61_000)
    expect(await render()).not.toBe(afterArticle)
  } finally {
    await rm(templates, { recursive: true, force: true })
  }
})
