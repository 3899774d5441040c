import type { WantedPicture } from '../../articles/images/mail-images.ts'
import type { PictureValues } from '../../email/email.ts'
import { readHtml } from '../../platform/html/read.ts'
import type { DigestsContext } from '../context.ts'
import type { IssueArticle } from '../issue/issue.ts'

/** An article with the email versions of the pictures in its text. */
export interface IllustratedArticle extends IssueArticle {
  readonly pictures?: readonly PictureValues[]
}

/** Replaces heroes of cards and pictures in texts with versions that every mail program can show. */
export async function withEmailImages(
  context: DigestsContext,
  articles: readonly IssueArticle[],
  maxCards: number,
): Promise<{ readonly illustrated: readonly IllustratedArticle[]; readonly remarks: readonly string[] }> {
  const heroesWanted = articles
    .slice(0, maxCards)
    .flatMap(({ values: { hero } }): WantedPicture[] => (hero ? [{ url: hero.url, use: 'hero' }] : []))
  const textWanted = articles.flatMap(({ body }) => picturesIn(body)).map((url): WantedPicture => ({ url, use: 'text' }))
  if (heroesWanted.length + textWanted.length === 0) return { illustrated: articles, remarks: [] }
  const [heroPictures, textPictures] = await Promise.all([context.preparePictures(heroesWanted), context.preparePictures(textWanted)])
  const illustrated = articles.map((article) => {
    const { hero } = article.values
    const prepared = hero && heroPictures.get(hero.url)
    const values = prepared ? { ...article.values, hero: { ...hero, url: prepared.url, ...sizeOf(prepared.size) } } : article.values
    const pictures = picturesIn(article.body).map((original): PictureValues => {
      const shown = textPictures.get(original)
      return { original, url: shown?.url ?? original, ...sizeOf(shown?.size) }
    })
    return { ...article, values, pictures }
  })
  const remarks = [...heroPictures, ...textPictures].flatMap(([url, { problem }]) =>
    problem === undefined ? [] : [`the picture ${url} is not prepared for email and loads from its own address: ${problem}`],
  )
  return { illustrated, remarks }
}

function picturesIn(html: string): string[] {
  if (!html.includes('<img')) return []
  const sources = readHtml(html).flatMap((part) => {
    const source = part.kind === 'open' && part.tag === 'img' ? part.attributes.get('src') : undefined
    return source ? [source.value] : []
  })
  return [...new Set(sources)]
}

function sizeOf(size: { readonly width: number; readonly height: number } | undefined) {
  return { width: size?.width ?? null, height: size?.height ?? null }
}
