import type { MailPicture, WantedPicture } from '../../articles/images/mail-images.ts'
import type { PictureValues } from '../../email/email.ts'
import { readHtml } from '../../platform/html/read.ts'
import type { DigestsContext } from '../context.ts'
import type { IssueArticle } from '../issue/issue.ts'
import type { NoteWords } from '../notes/note.ts'

/** An article with the email versions of the pictures in its text. */
export interface IllustratedArticle extends IssueArticle {
  readonly pictures?: readonly PictureValues[]
}

/** The words of a note with the email versions of their pictures. */
export interface IllustratedNote extends NoteWords {
  /** BCP 47. */
  readonly language: string
  readonly pictures: readonly PictureValues[]
}

export interface Cards {
  /** Articles shown as cards. Others have no picture. */
  readonly count: number
  /** Whether the cards after the first are small. */
  readonly areSmall: boolean
}

type Prepared = ReadonlyMap<string, MailPicture>

/**
 * Replaces heroes of cards and pictures in texts with versions that every mail program can show, up to `mail_pictures` bytes for
 * the message. A hero beyond that becomes a thumbnail, then nothing; a picture in a text becomes a link.
 */
export async function withEmailImages(
  context: DigestsContext,
  articles: readonly IssueArticle[],
  cards: Cards,
  note?: NoteWords & { readonly language: string },
): Promise<{
  readonly illustrated: readonly IllustratedArticle[]
  readonly note: IllustratedNote | undefined
  readonly remarks: readonly string[]
}> {
  const inCards = articles.slice(0, cards.count)
  const heroes = await prepare(context, heroesOf(cards.areSmall ? inCards.slice(0, 1) : inCards), 'hero')
  const small = await prepare(context, heroesOf(cards.areSmall ? inCards.slice(1) : []), 'thumbnail')
  const inTexts = await prepare(
    context,
    [...(note ? [note.above, note.below] : []), ...articles.map(({ body }) => body)].flatMap(picturesIn),
    'text',
  )
  const budget = new PictureBudget(context.publication().mailPictureBytes)
  const illustratedNote = note && {
    ...note,
    pictures: [note.above, note.below].flatMap(picturesIn).map((original) => textPicture(original, inTexts, budget)),
  }
  const illustrated: IllustratedArticle[] = []
  for (const [index, article] of articles.entries()) {
    const isSmall = cards.areSmall && index > 0
    const values = index < cards.count ? await withHero(context, article, isSmall ? small : heroes, isSmall, budget) : article.values
    illustrated.push({ ...article, values, pictures: picturesIn(article.body).map((original) => textPicture(original, inTexts, budget)) })
  }
  const remarks = [...heroes, ...small, ...inTexts].flatMap(([url, { problem }]) =>
    problem === undefined ? [] : [`the picture ${url} is not prepared for email and loads from its own address: ${problem}`],
  )
  return { illustrated, note: illustratedNote, remarks: [...remarks, ...budget.remarks()] }
}

/** Counts each picture once. Pictures of unknown size, which load from their own address, are not counted. */
class PictureBudget {
  readonly #maxBytes: number
  #bytes = 0
  readonly #counted = new Set<string>()
  readonly #smaller: string[] = []
  readonly #leftOut: string[] = []

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether the picture fits. If so, it counts. */
  take({ url, bytes = 0 }: MailPicture): boolean {
    if (this.#counted.has(url)) return true
    if (this.#bytes + bytes > this.#maxBytes) return false
    this.#bytes += bytes
    this.#counted.add(url)
    return true
  }

  tell(original: string, outcome: 'smaller' | 'left out'): void {
    const list = outcome === 'smaller' ? this.#smaller : this.#leftOut
    if (!list.includes(original)) list.push(original)
  }

  remarks(): string[] {
    const size = this.#maxBytes >= 1_024 ** 2 ? `${Math.round(this.#maxBytes / 1_024 ** 2)} MB` : `${Math.round(this.#maxBytes / 1_024)} KB`
    const told = (pictures: readonly string[], outcome: string) =>
      pictures.length === 0
        ? []
        : [
            `mail_pictures: ${size} is reached, so ${pictures.length === 1 ? 'a picture is' : `${pictures.length} pictures are`} ${outcome}: ${pictures.join(' ')}`,
          ]
    return [...told(this.#smaller, 'smaller'), ...told(this.#leftOut, 'left out')]
  }
}

async function withHero(
  context: DigestsContext,
  { values }: IssueArticle,
  prepared: Prepared,
  isSmall: boolean,
  budget: PictureBudget,
): Promise<IssueArticle['values']> {
  const { hero } = values
  const picture = hero && prepared.get(hero.url)
  if (!hero || !picture) return values
  if (budget.take(picture)) return { ...values, hero: { ...hero, url: picture.url, ...sizeOf(picture.size) } }
  const thumbnail = isSmall ? undefined : (await prepare(context, [hero.url], 'thumbnail')).get(hero.url)
  if (thumbnail?.bytes !== undefined && budget.take(thumbnail)) {
    budget.tell(hero.url, 'smaller')
    return { ...values, hero: { ...hero, url: thumbnail.url, ...sizeOf(thumbnail.size) } }
  }
  budget.tell(hero.url, 'left out')
  return { ...values, hero: null }
}

function textPicture(original: string, prepared: Prepared, budget: PictureBudget): PictureValues {
  const picture = prepared.get(original)
  if (!picture || budget.take(picture)) return { original, url: picture?.url ?? original, ...sizeOf(picture?.size) }
  budget.tell(original, 'left out')
  return { original, url: '', width: null, height: null }
}

async function prepare(context: DigestsContext, urls: readonly string[], use: WantedPicture['use']): Promise<Prepared> {
  return urls.length === 0 ? new Map() : context.preparePictures(urls.map((url) => ({ url, use })))
}

function heroesOf(articles: readonly IssueArticle[]): string[] {
  return articles.flatMap(({ values: { hero } }) => (hero ? [hero.url] : []))
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
