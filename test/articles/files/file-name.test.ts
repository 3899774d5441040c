import { expect, test } from 'vitest'
import { isMarkdownLike } from '../../../src/articles/files/article-paths.ts'
import { isMarkdown, readPath } from '../../../src/articles/files/file-name.ts'

test.each([
  ['2014-01-02-x.html.markdown', 'x'],
  ['x.html.md', 'x'],
  ['26.nuxt-scripts.md', 'nuxt-scripts'],
  ['1.blog/26.nuxt-scripts/index.md', 'nuxt-scripts'],
  ['3.14-is-pi.md', '3.14-is-pi'],
  ['2.0.md', '2.0'],
  ['thoughts/about-boats/page.mdx', 'about-boats'],
  ['routes/about-boats/+page.svx', 'about-boats'],
  ['thoughts/about-boats/post.en.md', 'about-boats'],
  ['2024-03-04-about-boats/README.md', 'about-boats'],
  ['page.md', 'page'],
  ['x.qmd', 'x'],
  ['x.Rmd', 'x'],
  ['x.mdoc', 'x'],
])('the slug of %s is %s', (path, slug) => {
  expect(isMarkdown(path)).toBe(true)
  expect(readPath(path).slug).toBe(slug)
})

test('a file called post among others has a name of its own', () => {
  expect(readPath('thoughts/post.md', false).slug).toBe('post')
  expect(readPath('thoughts/index.md', false).slug).toBe('thoughts')
})

test.each(['a.md.bak', 'a.md~', 'a.markdown.erb', 'a.MD.txt', 'a.md.draft'])('%s looks like Markdown and is not read', (path) => {
  expect(isMarkdown(path)).toBe(false)
  expect(isMarkdownLike(path)).toBe(true)
})

test.each(['a.html', 'a.md.json', 'a.md.png', 'amd', 'a.mda', 'readme', 'cmd.exe'])('%s does not look like Markdown', (path) => {
  expect(isMarkdownLike(path)).toBe(false)
})
