import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openPages } from '../../../src/platform/pages.ts'
import { productTemplates } from '../../../src/platform/product-folder.ts'

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

  test('is taken from the product where TEMPLATES_DIR lacks it, with its partials and assets', async () => {
    await using folder = await templates({ 'partials/trap.liquid': '<p>OWN</p>', 'assets/style.css': 'p { color: red }' })
    const [own, product] = [openPages(folder.path), openPages(productTemplates)]
    const values = { publication: { title: 'T', url: 'https://t.example', language: 'en' }, digests: [], topic_choices: [], wording: 'W' }
    const form = await own.render('embedded-form', values)
    expect(form).toBe(await product.render('embedded-form', values))
    const [ownStyle, style] = await Promise.all([own.asset('style.css'), product.asset('style.css')])
    expect(String(ownStyle?.body)).toBe('p { color: red }')
    expect(ownStyle?.version).not.toBe(style?.version)
    expect(await own.asset('icon.svg')).toEqual(await product.asset('icon.svg'))
  })

  test('of the product with an own partial names the file that is at fault', async () => {
    await using folder = await templates({ 'partials/frame.liquid': '\n{{ nothing }}' })
    await expect(openPages(folder.path).render('privacy', {})).rejects.toThrow(
      'templates/pages/partials/frame.liquid:2: undefined variable: nothing',
    )
    await using empty = await templates({})
    const place = join(productTemplates, 'pages/partials/frame.liquid')
    await expect(openPages(empty.path).render('privacy', {})).rejects.toThrow(`${place}:2: undefined variable`)
  })

  test('cannot read inherited properties of its values', async () => {
    await using folder = await templates({ 'a.liquid': '{{ text.constructor }}' })
    await expect(openPages(folder.path).render('a', { text: {} })).rejects.toThrow('undefined variable')
  })
})

async function templates(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-pages-'))
  const path = join(folder, 'templates')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, 'pages', name)), { recursive: true })
    await writeFile(join(path, 'pages', name), text)
  }
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
