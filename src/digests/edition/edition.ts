import type { Article } from '../../articles/article.ts'
import { type EmailRequest, type NoteValues, readerPlaceholder } from '../../email/email.ts'
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
import { type IssueNote, wordsFor } from '../notes/note.ts'
import { articleValues, withDateIn } from './article-values.ts'
import { type IllustratedArticle, type IllustratedNote, withEmailImages } from './email-images.ts'
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
  const words = content.note && wordsFor(content.note, publication.language, own.language)
  const cards = { count: content.layout === 'headlines' ? 0 : content.maxCards, areSmall: isLong(content, articles.length) }
  const { illustrated, note, remarks } = await withEmailImages(context, articles, cards, words)
  const counted = await countLinks(context, head.id, illustrated, note)
  const email = await renderWithinSizeLimit(fullBudget(content, counted.articles), (budget) =>
    context.render(digestRequest(publication, head, content, counted, budget, counted.pixel)),
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
  note?: IssueNote,
): EmailRequest {
  const content = contentOf(publication, definition, articles, { note })
  const issue = { digest: definition.name, number: 1, createdAt: now }
  const head = { ...issue, subject: subjectOf(publication, { ...issue, date: longDate(publication, now) }, content, content.articles) }
  const words = note && { ...wordsFor(note, publication.language, publication.language), pictures: [] }
  return digestRequest(publication, head, content, { articles: content.articles, note: words }, fullBudget(content, content.articles))
}

/** What is known of an issue when its content is frozen. */
interface Frozen {
  /** Absent in a preview. */
  readonly issueId?: string
  readonly note?: IssueNote | undefined
}

export function contentOf(
  publication: Publication,
  definition: DigestDefinition,
  articles: readonly Article[],
  { issueId, note }: Frozen = {},
): IssueContent {
  return {
    digestTitle: definition.title,
    subject: definition.subject,
    isSingle: definition.schedule.kind === 'on_publish' && definition.layout === 'full',
    maxCards: definition.maxArticles,
    contentsFrom: definition.contentsFrom,
    readOn: definition.readOn,
    layout: definition.layout,
    ...(note ? { note } : {}),
    articles: articles.map((article) => frozenArticle(publication, definition, article, issueId)),
  }
}

/** An article as an issue stores it. One without a page leads to its `cta_url`, else to its place on the page of the issue. */
export function frozenArticle(
  publication: Publication,
  { layout }: DigestDefinition,
  article: Article,
  issueId: string | undefined,
): IssueArticle {
  const values = articleValues(publication, article)
  const { id, topics } = article
  const wholeText = () => withFootnotesInPlace(article.html(), article.url)
  const card: IssueArticle = { id, topics, values, body: layout === 'full' ? wholeText() : '' }
  if (!article.isMailOnly) return card
  const action = values.call_to_action
  if (action && action.url !== article.url) return { ...card, values: { ...values, url: action.url }, isMailOnly: true }
  const page = issueId === undefined ? paths.issues : paths.issue(issueId)
  const url = `${publicUrl(publication, page)}#${encodeURIComponent(article.slug)}`
  const told = { ...values, url, call_to_action: action && { ...action, url } }
  return { ...card, values: told, body: wholeText(), anchor: article.slug, isMailOnly: true }
}

function fullBudget(content: IssueContent, articles: readonly IllustratedArticle[]): SizeBudget {
  const cards = Math.min(content.maxCards, articles.length)
  const text = isToldWhole(content, articles) ? Math.max(0, ...articles.slice(0, cards).map(({ body }) => body.length)) : 0
  return { cards, links: articles.length - cards, text }
}

/** Whether cards may show the whole texts of their articles. Several articles of a digest that sends single ones are cards, as ever. */
function isToldWhole({ isSingle, layout }: IssueContent, articles: readonly unknown[]): boolean {
  return isSingle || layout === undefined ? articles.length === 1 : layout !== 'headlines'
}

function digestRequest(
  publication: Publication,
  head: IssueHead,
  content: IssueContent,
  { articles, note }: { readonly articles: readonly IllustratedArticle[]; readonly note: IllustratedNote | undefined },
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
    note: note ? noteValues(content, note) : null,
    pixel,
    reader_name: readerPlaceholder('name'),
    comma_name: readerPlaceholder('comma_name'),
  }
  const [single] = articles
  if (single && articles.length === 1 && text > 0 && (content.isSingle || content.layout === undefined)) {
    const body = { html: single.body, limit: text, pictures: single.pictures ?? [] }
    return { template: 'article', values: { ...shared, article: single.values, body } }
  }
  return {
    template: 'digest',
    values: {
      ...shared,
      articles: articles.slice(0, cards).map(({ values, body, pictures = [] }) => ({
        ...(content.layout === 'headlines' ? { ...values, hero: null } : values),
        body: text > 0 && body !== '' ? { html: body, limit: text, pictures } : null,
      })),
      more: linked.map(({ values: { title, url, language } }) => ({ title, url, language })),
      unlisted: articles.length - cards - linked.length,
      with_contents: isLong(content, articles.length) && cards > 1,
      read_on: content.readOn ?? 'button',
      layout: content.layout ?? 'cards',
    },
  }
}

/** A note is never cut: it is short, and the writer's own word for this issue. */
function noteValues({ digestTitle }: IssueContent, note: IllustratedNote): NoteValues {
  const text = (html: string) => (html === '' ? null : { html, limit: html.length, pictures: note.pictures })
  return {
    title: digestTitle,
    language: note.language,
    preheader: note.preheader ?? '',
    above: text(note.above),
    below: text(note.below),
    call_to_action: note.callToAction ?? null,
  }
}

function browserPath({ id, state }: IssueHead): string {
  if (id === undefined) return paths.home
  return state === 'held' ? paths.adminIssue(id) : paths.issue(id)
}

/** Whether an issue begins with its contents, and shows its later articles small. */
export function isLong({ contentsFrom = 0, layout }: IssueContent, articleCount: number): boolean {
  // Headlines are contents already.
  return layout !== 'headlines' && contentsFrom > 0 && articleCount >= contentsFrom
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
