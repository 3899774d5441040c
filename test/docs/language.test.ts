import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { countWords, maxSentenceWords, sentencesOfMarkdown, wordsOfSentence } from '../../docs/words.ts'
import { readPage, readPages, root } from './pages.ts'

const pages = [...readPages(), readPage('CONTRIBUTING.md'), readPage('CHANGELOG.md'), readPage('SECURITY.md')]
const maxFrontPageWords = 1_300

test('the front page can be skimmed', () => {
  expect(countWords(readPage('README.md').markdown)).toBeLessThanOrEqual(maxFrontPageWords)
})

test.each(pages)('no sentence of $path has to be read twice for its length', ({ markdown }) => {
  const long = sentencesOfMarkdown(markdown).filter((sentence) => wordsOfSentence(sentence) > maxSentenceWords)
  expect(long).toEqual([])
})

test('words are counted as they are read: code is one word, a table has a sentence for each cell', () => {
  const sentences = sentencesOfMarkdown(
    '# A heading\n\nOne `npm ci && npm start` two. Three [four](a.md)!\n\n| a b | c |\n\n```sh\nnot this\n```\n',
  )
  expect(sentences).toEqual(['A heading', 'One code two.', 'Three four!', 'a b', 'c'])
  expect(sentences.map(wordsOfSentence)).toEqual([2, 3, 2, 2, 1])
})

test.each(pages)('every link of $path leads to a page and a heading that are there', ({ path, markdown }) => {
  const broken: string[] = []
  const prose = markdown.replace(/^[ \t]*```[\s\S]*?^[ \t]*```$|`[^`\n]*`/gm, '')
  for (const [, target = ''] of prose.matchAll(/(?:\]\(|(?:src|href)=")([^)\s"]+)[)"]/g)) {
    if (/^(?:https?|mailto):/.test(target)) continue
    const [file = '', anchor] = target.split('#')
    const to = file === '' ? join(root, path) : join(root, dirname(path), file)
    // Written with the layout of the source, in a change of its own.
    if (!existsSync(to)) broken.push(target)
    else if (anchor !== undefined && !anchorsOf(readFileSync(to, 'utf8')).has(anchor)) broken.push(target)
  }
  expect(broken).toEqual([])
})

/** As GitHub and Forgejo make them of headings; one that is there already gets a number. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    let number = 0
    while (anchors.has(number === 0 ? anchor : `${anchor}-${number}`)) number++
    anchors.add(number === 0 ? anchor : `${anchor}-${number}`)
  }
  return anchors
}
