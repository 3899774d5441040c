import { expect, test } from 'vitest'
import type { Article } from '../../../src/articles/article.ts'
import type { Publication } from '../../../src/publication/publication.ts'
import { dataOf } from '../../../src/web/site/article-view.ts'

test('JSON-LD has the language of an article', () => {
  const publication = { title: 'Tide', url: 'https://tide.example.org', language: 'en' } as Publication
  const at = new Date('2026-11-20T09:00:00Z')
  const article = { title: 'Llanw', description: '', url: `${publication.url}/articles/llanw`, authors: [], publishedAt: at, updatedAt: at }
  expect(dataOf(publication, { ...article, language: 'cy' } as unknown as Article)).toMatchObject({ inLanguage: 'cy' })
  expect(dataOf(publication, article as unknown as Article)).toMatchObject({ inLanguage: 'en' })
})
