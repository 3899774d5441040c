import type { Article } from '../../articles/article.ts'
import { type EmailRequest, readerPlaceholder } from '../../email/email.ts'
import { publicationValues } from '../../email/publication-values.ts'
import type { Edition } from '../../outbox/delivery.ts'
import { wireDomain } from '../../platform/email-address.ts'
import { longDate } from '../../publication/format-date.ts'
import type { DigestDefinition, Publication } from '../../publication/publication.ts'
import { inLanguage } from '../../publication/reader-language.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { DigestsContext } from '../context.ts'
import type { IssueArticle, IssueContent, IssueState } from '../issue/issue.ts'
import { countLinks } from '../link-counts/link-counts.ts'
import { articleValues, withDateIn } from './article-values.ts'
import { type IllustratedArticle, withEmailImages } from './email-images.ts'
import { renderWithinSizeLimit, type SizeBudget } from './fit-size-limit.ts'
import { withFootnotesInPlace } from './footnotes.ts'
import { subjectOf } from './subject.ts'

/** The fields of an issue that rendering needs besides its articles. */
export interface IssueHead {
  /** Absent in a preview, which has no page. */
  readonly id?: string
  readonly digest: string
  readonly number: number
  readonly subject: string
  readonly createdAt: Date
  /** A held issue has no public page. Its copy for the operator leads to the desk. */
  readonly state?: IssueState
}

/** Renders an issue for one list of its articles. `language`: that of its words and dates; default: the publication's. */
export async function renderEdition(
  context: DigestsContext,
  head: IssueHead,
  content: IssueContent,
  articles: readonly IssueArticle[],
  language?: string,
): Promise<Edition> {
  return (await renderWithRemarks(context, head, content, articles, language)).edition
}

/** Like `renderEdition`, with remarks for the editor about pictures that could not be prepared. */
export async function renderWithRemarks(
  context: DigestsContext,
  head: IssueHead,
  content: IssueContent,
  given: readonly IssueArticle[],
  language?: string,
): Promise<{ readonly edition: Edition; readonly remarks: readonly string[] }> {
  const own = context.publication()
  const publication = inLanguage(own, language ?? own.language)
  const articles = publication === own ? given : given.map((article) => ({ ...article, values: withDateIn(publication, article.values) }))
  const { illustrated, remarks } = await withEmailImages(context, articles, {
    count: content.maxCards,
    areSmall: isLong(content, articles.length),
  })
  const counted = await countLinks(context, head.id, illustrated)
  const email = await renderWithinSizeLimit(fullBudget(content, counted.articles), (budget) =>
    context.render(digestRequest(publication, head, content, counted.articles, budget, counted.pixel)),
  )
  const edition: Edition = {
    from: publication.sender,
    email,
    list: {
      id: `${head.digest}.${listDomain(publication)}`,
      name: `${publication.title}: ${content.digestTitle}`,
      unsubscribeUrl: unsubscribeUrl(publication),
      archiveUrl: publicUrl(publication, paths.issues),
      helpUrl: publicUrl(publication, paths.subscribe),
      feedbackId: `${head.number}:${head.digest}:digest:${senderId(publication)}`,
    },
  }
  return { edition, remarks }
}

/** The email request for a sample issue of a digest with these articles. */
export function previewRequest(
  publication: Publication,
  definition: DigestDefinition,
  articles: readonly Article[],
  now: Date,
): EmailRequest {
  const content = contentOf(publication, definition, articles)
  const issue = { digest: definition.name, number: 1, createdAt: now }
  const head = { ...issue, subject: subjectOf(publication, { ...issue, date: longDate(publication, now) }, content, content.articles) }
  return digestRequest(publication, head, content, content.articles, fullBudget(content, content.articles))
}

export function contentOf(publication: Publication, definition: DigestDefinition, articles: readonly Article[]): IssueContent {
  return {
    digestTitle: definition.title,
    subject: definition.subject,
    isSingle: definition.schedule.kind === 'on_publish',
    maxCards: definition.maxArticles,
    contentsFrom: definition.contentsFrom,
    readOn: definition.readOn,
    articles: articles.map((article) => ({
      id: article.id,
      topics: article.topics,
      values: articleValues(publication, article),
      // A digest that sends single articles sends their whole text.
      body: definition.schedule.kind === 'on_publish' ? withFootnotesInPlace(article.html(), article.url) : '',
    })),
  }
}

function fullBudget({ maxCards }: IssueContent, articles: readonly IllustratedArticle[]): SizeBudget {
  const cards = Math.min(maxCards, articles.length)
  const text = articles.length === 1 ? (articles[0]?.body.length ?? 0) : 0
  return { cards, links: articles.length - cards, text }
}

function digestRequest(
  publication: Publication,
  head: IssueHead,
  content: IssueContent,
  articles: readonly IllustratedArticle[],
  { cards, links, text }: SizeBudget,
  pixel = '',
): EmailRequest {
  const linked = articles.slice(cards, cards + links)
  const shared = {
    publication: publicationValues(publication),
    digest: { name: head.digest, title: content.digestTitle },
    issue: { number: head.number, date: longDate(publication, head.createdAt), subject: head.subject },
    links: {
      unsubscribe: unsubscribeUrl(publication),
      preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
      home: publicUrl(publication, paths.home),
      browser: publicUrl(publication, browserPath(head)),
      feed: publicUrl(publication, readerPlaceholder('feed_path')),
    },
    pixel,
    reader_name: readerPlaceholder('name'),
    comma_name: readerPlaceholder('comma_name'),
  }
  const [single] = articles
  if (single && articles.length === 1 && text > 0) {
    const body = { html: single.body, limit: text, pictures: single.pictures ?? [] }
    return { template: 'article', values: { ...shared, article: single.values, body } }
  }
  return {
    template: 'digest',
    values: {
      ...shared,
      articles: articles.slice(0, cards).map((article) => article.values),
      more: linked.map(({ values: { title, url, language } }) => ({ title, url, language })),
      unlisted: articles.length - cards - linked.length,
      with_contents: isLong(content, articles.length) && cards > 1,
      read_on: content.readOn ?? 'button',
    },
  }
}

function browserPath({ id, state }: IssueHead): string {
  if (id === undefined) return paths.home
  return state === 'held' ? paths.adminIssue(id) : paths.issue(id)
}

/** Whether an issue begins with its contents, and shows its later articles small. */
export function isLong({ contentsFrom = 0 }: IssueContent, articleCount: number): boolean {
  return contentsFrom > 0 && articleCount >= contentsFrom
}

function unsubscribeUrl(publication: Publication): string {
  return publicUrl(publication, paths.unsubscribe(readerPlaceholder('unsubscribe_token')))
}

/** List-Id must be below a domain that the publication controls (RFC 2919 §2). */
function listDomain(publication: Publication): string {
  return wireDomain(publication.sender.email)
}

/** Gmail's Feedback-ID ends in a sender id of 5 to 15 characters that never changes. */
function senderId(publication: Publication): string {
  return listDomain(publication)
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 15)
    .padEnd(5, '0')
}
