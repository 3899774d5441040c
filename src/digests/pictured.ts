import type { WantedPicture } from '../articles/for-mail/pictures.ts'
import type { PictureValues } from '../letters/letter.ts'
import type { IssueArticle } from './issue.ts'
import type { DigestsRoom } from './room.ts'

/** An article with what to show for the pictures in its text. */
export interface PicturedArticle extends IssueArticle {
  readonly pictures?: readonly PictureValues[]
}

/** In what `sanitize-html` writes an attribute is always quoted, and only these five characters are escaped in it. */
const sources = /<img\b[^>]*?\ssrc="([^"]*)"/g
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** Puts pictures that every mail program can show in the place of those that are to be seen: heroes of cards, and all of a text. */
export async function withMailPictures(
  room: DigestsRoom,
  articles: readonly IssueArticle[],
  maxCards: number,
): Promise<{ readonly pictured: readonly PicturedArticle[]; readonly remarks: readonly string[] }> {
  const heroes = articles
    .slice(0, maxCards)
    .flatMap(({ values: { hero } }): WantedPicture[] => (hero ? [{ url: hero.url, use: 'hero' }] : []))
  const inText = articles.flatMap(({ body }) => picturesIn(body)).map((url): WantedPicture => ({ url, use: 'text' }))
  if (heroes.length + inText.length === 0) return { pictured: articles, remarks: [] }
  const [heroPictures, textPictures] = await Promise.all([room.preparePictures(heroes), room.preparePictures(inText)])
  const pictured = articles.map((article) => {
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
  return { pictured, remarks }
}

function picturesIn(html: string): string[] {
  const found = [...html.matchAll(sources)].map(([, source = '']) =>
    source.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => named[name] ?? ''),
  )
  return [...new Set(found)]
}

function sizeOf(size: { readonly width: number; readonly height: number } | undefined) {
  return { width: size?.width ?? null, height: size?.height ?? null }
}
