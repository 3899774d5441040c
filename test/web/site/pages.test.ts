import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openPages } from '../../../src/platform/pages.ts'

describe('a page', () => {
  test('escapes every value, and knows the addresses of its assets', async () => {
    await using folder = await templates({
      'a.liquid': '<p>{{ text }}</p>{{ "style.css" | asset }}',
      'assets/style.css': 'p { color: red }',
    })
    const pages = openPages(folder.path)
    const asset = await pages.asset('style.css')
    expect(await pages.render('a', { text: '<b>"&' })).toBe(`<p>&lt;b&gt;&#34;&amp;</p>/assets/style.css?v=${asset?.version}`)
    expect(await pages.asset('../a.liquid')).toBeUndefined()
  })

  test.each([
    ['a value that there is not', 'one\ntwo\n{{ nothing }}', 'templates/pages/a.liquid:3: undefined variable: nothing'],
    ['a tag that is never closed', 'one\n{% if true %}', 'templates/pages/a.liquid:2: tag {% if true %} not closed'],
    ['a filter that there is not', '{{ "x" | shout }}', 'templates/pages/a.liquid:1: undefined filter: shout'],
    ['an asset that there is not', '\n{{ "x.css" | asset }}', 'templates/pages/a.liquid:2: there is no x.css in assets/'],
    ['a way out of the folder', "{% include '../../secret' %}", 'templates/pages/a.liquid:1: ENOENT'],
    ['a loop without an end', '{% for i in (1..1000000000) %}x{% endfor %}', 'templates/pages/a.liquid:1: memory alloc limit exceeded'],
  ])('with %s is told by file and line', async (_what, source, message) => {
    await using folder = await templates({ 'a.liquid': source, 'secret.liquid': 'secret' })
    await expect(openPages(folder.path).render('a', {})).rejects.toThrow(message)
  })

  test('cannot read inherited properties of its values', async () => {
    await using folder = await templates({ 'a.liquid': '{{ text.constructor }}' })
    await expect(openPages(folder.path).render('a', { text: {} })).rejects.toThrow('undefined variable')
  })
})

async function templates(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-pages-'))
  const path = join(folder, 'templates')
  await mkdir(join(path, 'pages', 'assets'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, 'pages', name), text)
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
