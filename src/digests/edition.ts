import { domainToASCII } from 'node:url'
import type { Article } from '../articles/article.ts'
import { type ArticleValues, type DigestValues, hole, type LetterOrder } from '../letters/letter.ts'
import { publicationValues } from '../letters/publication-values.ts'
import type { Edition } from '../outbox/delivery.ts'
import type { DigestDefinition, Publication } from '../publication/publication.ts'
import type { IssueArticle, IssueContent } from './issue.ts'
import type { DigestsRoom } from './room.ts'
import { subjectOf } from './subject.ts'

/** What rendering needs to know of the issue around the articles. */
export interface IssueHead {
  /** Absent in a preview: there is no page of it yet. */
  readonly id?: string
  readonly digest: string
  readonly number: number
  readonly subject: string
  readonly createdAt: Date
}

function articleValues(publication: Publication, article: Article): ArticleValues {
  const [topic] = article.topics
  return {
    title: article.title,
    subtitle: article.subtitle ?? '',
    description: article.description,
    url: article.url,
    author: article.author ?? '',
    read_minutes: article.readMinutes,
    date: longDate(publication, article.publishedAt),
    topic: topic === undefined ? '' : (publication.topics.get(topic) ?? topic),
    hero: article.hero ? { url: article.hero.url, alt: article.hero.alt } : null,
    call_to_action: article.callToAction
      ? { text: article.callToAction.text ?? '', label: article.callToAction.label, url: article.callToAction.url }
      : null,
  }
}

/** `12 November 2026` in the publication's language and time zone. */
export function longDate(publication: Publication, at: Date): string {
  const format = { day: 'numeric', month: 'long', year: 'numeric', timeZone: publication.timezone } as const
  // Plain `en` is American to Intl; the publications that mean that write en-US.
  return new Intl.DateTimeFormat(publication.language === 'en' ? 'en-GB' : publication.language, format).format(at)
}

/** Renders an issue for one list of its articles. */
export async function renderEdition(
  room: DigestsRoom,
  head: IssueHead,
  content: IssueContent,
  articles: readonly IssueArticle[],
): Promise<Edition> {
  const publication = room.publication()
  return {
    from: publication.sender,
    letter: await room.print(digestOrder(publication, head, content, articles)),
    list: {
      id: `${head.digest}.${listDomain(publication)}`,
      name: `${publication.title}: ${content.digestTitle}`,
      unsubscribeUrl: unsubscribeUrl(publication),
      feedbackId: `${head.number}:${head.digest}:digest:${senderId(publication)}`,
    },
  }
}

/** The order for a digest's letter with these articles, as its next issue might be. */
export function previewOrder(publication: Publication, definition: DigestDefinition, articles: readonly Article[], now: Date): LetterOrder {
  const content = contentOf(publication, definition, articles)
  const issue = { digest: definition.name, number: 1, createdAt: now }
  const head = { ...issue, subject: subjectOf(publication, { ...issue, date: longDate(publication, now) }, content, content.articles) }
  return digestOrder(publication, head, content, content.articles)
}

export function contentOf(publication: Publication, definition: DigestDefinition, articles: readonly Article[]): IssueContent {
  return {
    digestTitle: definition.title,
    subject: definition.subject,
    isSingle: definition.schedule.kind === 'on_publish',
    maxCards: definition.maxArticles,
    articles: articles.map((article) => ({ id: article.id, topics: article.topics, values: articleValues(publication, article) })),
  }
}

function digestOrder(publication: Publication, head: IssueHead, content: IssueContent, articles: readonly IssueArticle[]): LetterOrder {
  const values: DigestValues = {
    publication: publicationValues(publication),
    digest: { name: head.digest, title: content.digestTitle },
    issue: { number: head.number, date: longDate(publication, head.createdAt), subject: head.subject },
    articles: articles.slice(0, content.maxCards).map((article) => article.values),
    more: articles.slice(content.maxCards).map(({ values: { title, url } }) => ({ title, url })),
    links: {
      unsubscribe: unsubscribeUrl(publication),
      preferences: `${publication.url}/preferences/${hole('preferences_token')}`,
      home: `${publication.url}/`,
      browser: head.id === undefined ? `${publication.url}/` : `${publication.url}/issues/${head.id}`,
      feed: `${publication.url}${hole('feed_path')}`,
    },
    reader_name: hole('name'),
    comma_name: hole('comma_name'),
  }
  return { template: 'digest', values }
}

function unsubscribeUrl(publication: Publication): string {
  return `${publication.url}/unsubscribe/${hole('unsubscribe_token')}`
}

/** Below a domain of the publication's own, as RFC 2919 §2 asks. */
function listDomain(publication: Publication): string {
  return domainToASCII(publication.sender.email.slice(publication.sender.email.lastIndexOf('@') + 1))
}

/** Gmail's Feedback-ID ends in 5 to 15 characters that stay the same for a sender. */
function senderId(publication: Publication): string {
  return listDomain(publication)
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 15)
    .padEnd(5, '0')
}
