import type { Article } from '../../articles/article.ts'
import type { ArticleValues } from '../../email/email.ts'
import { longDate } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'

/** Characters of one field. Longer text is cut, because Gmail clips long mail. */
const longest = 600
/** The same in UTF-8: quoted-printable writes three characters for each byte of another script. */
const longestBytes = 1_200

/** What the card of an article says, as it is now. */
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
    topic: topic === undefined ? '' : (publication.topics.get(topic) ?? topic),
    hero: hero ? { url: hero.url, alt: cut(hero.alt), width: null, height: null } : null,
    call_to_action: callToAction ? { text: cut(callToAction.text ?? ''), label: cut(callToAction.label), url: callToAction.url } : null,
  }
}

/** At a word where there is one near. */
function cut(text: string): string {
  if (text.length <= longest && Buffer.byteLength(text) <= longestBytes) return text
  const bytes = Buffer.from(text.slice(0, longest - 1).toWellFormed())
  // What is left of a character at the end is not given out by a decoder that waits for more.
  const head = new TextDecoder().decode(bytes.subarray(0, longestBytes), { stream: true })
  const end = head.lastIndexOf(' ')
  return `${end > head.length / 2 ? head.slice(0, end) : head}…`
}
