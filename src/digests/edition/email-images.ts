import type { WantedPicture } from '../../articles/images/mail-images.ts'
import type { PictureValues } from '../../email/email.ts'
import { readHtml } from '../../platform/html/read.ts'
import type { DigestsContext } from '../context.ts'
import type { IssueArticle } from '../issue/issue.ts'

/** An article with what to show for the pictures in its text. */
export interface IllustratedArticle extends IssueArticle {
  readonly pictures?: readonly PictureValues[]
}

/** Puts pictures that every mail program can show in the place of those that are to be seen: heroes of cards, and all of a text. */
export async function withEmailImages(
  context: DigestsContext,
  articles: readonly IssueArticle[],
  maxCards: number,
): Promise<{ readonly illustrated: readonly IllustratedArticle[]; readonly remarks: readonly string[] }> {
  const heroes = articles
    .slice(0, maxCards)
    .flatMap(({ values: { hero } }): WantedPicture[] => (hero ? [{ url: hero.url, use: 'hero' }] : []))
  const inText = articles.flatMap(({ body }) => picturesIn(body)).map((url): WantedPicture => ({ url, use: 'text' }))
  if (heroes.length + inText.length === 0) return { illustrated: articles, remarks: [] }
  const [heroPictures, textPictures] = await Promise.all([context.preparePictures(heroes), context.preparePictures(inText)])
  const illustrated = articles.map((article) => {
    const { hero } = article.values
    const made = hero && heroPictures.get(hero.url)
    const values = made ? { ...article.values, hero: { ...hero, url: made.url, ...sizeOf(made.size) } } : article.values
    const pictures = picturesIn(article.body).map((original): PictureValues => {
      const shown = textPictures.get(original)
      return { original, url: shown?.url ?? original, ...sizeOf(shown?.size) }
    })
    return { ...article, values, pictures }
  })
  const remarks = [...heroPictures, ...textPictures].flatMap(([url, { problem }]) =>
    problem === undefined ? [] : [`the picture ${url} is shown from there: ${problem}`],
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
