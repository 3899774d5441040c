import type { Article } from '../../articles/article.ts'
import type { ArticleValues } from '../../email/email.ts'
import { longDate } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'

/** Characters of one field. A longer field is cut, because Gmail clips messages over 102 KB. */
const longest = 600
/** The same limit in UTF-8 bytes, for scripts with three bytes a character. Quoted-printable triples each byte. */
const longestBytes = 1_200

/** The values of an article's card, from its current text. */
export function articleValues(publication: Publication, article: Article): ArticleValues {
  const [topic] = article.topics
  const { hero, callToAction } = article
  return {
    title: cut(article.title),
    subtitle: cut(article.subtitle ?? ''),
    description: cut(article.description),
    url: article.url,
    language: article.language ?? publication.language,
    author: cut(article.author ?? ''),
    read_minutes: article.readMinutes,
    date: longDate(publication, article.publishedAt),
    published_at: article.publishedAt.toISOString(),
    topic: topic === undefined ? '' : (article.topicLabels[0] ?? topic),
    hero: hero ? { url: hero.url, alt: cut(hero.alt), width: null, height: null } : null,
    call_to_action: callToAction
      ? { text: cut(callToAction.text ?? ''), label: callToAction.isLabelOurs ? '' : cut(callToAction.label), url: callToAction.url }
      : null,
  }
}

/** The values with the date in the publication's language. Issues of earlier versions keep the date that they were frozen with. */
export function withDateIn(publication: Publication, values: ArticleValues): ArticleValues {
  const { published_at: at } = values
  return at === undefined ? values : { ...values, date: longDate(publication, new Date(at)) }
}

/** Cuts between words, if there is a space in the second half. */
function cut(text: string): string {
  if (text.length <= longest && Buffer.byteLength(text) <= longestBytes) return text
  const bytes = Buffer.from(text.slice(0, longest - 1).toWellFormed())
  // A streaming decoder drops an incomplete character at the end.
  const head = new TextDecoder().decode(bytes.subarray(0, longestBytes), { stream: true })
  const end = head.lastIndexOf(' ')
  return `${end > head.length / 2 ? head.slice(0, end) : head}…`
}
