import type { RequestHandler } from 'express'
import type { Article } from '../../articles/article.ts'
import { longDate } from '../../publication/format-date.ts'
import { authorKey } from '../../publication/keys.ts'
import { basePath, localPath, paths, publicUrl } from '../../publication/urls.ts'
import { articleLists } from './article-lists.ts'
import { cardOf, dataOf, storyOf } from './article-view.ts'
import type { SiteContext } from './context.ts'
import { sendError, sendExpired } from './errors.ts'
import { sendArticlesPage } from './page.ts'
import { itemsOnPage, type ListPage, pageAddress, pageNumber, pageOfList } from './pagination.ts'
import { invitationWording } from './wording.ts'
import { wordsOf } from './words.ts'

export function showHome(site: SiteContext): RequestHandler {
  return async (request, response) => {
    const publication = site.publication()
    const listPage = pageOfArticles(site.articles().articles, request.query.page, basePath(publication) || '/')
    if (!listPage) return sendError(site, response, 404)
    const head = {
      title: listPage.number === 1 ? publication.title : wordsOf(site)('site.page', { number: listPage.number }),
      path: pageAddress(paths.home, listPage.number),
      data: { '@context': 'https://schema.org', '@type': 'WebSite', name: publication.title, url: publicUrl(publication, paths.home) },
    }
    await sendArticlesPage(site, response, 'home', head, () => listValues(site, listPage))
  }
}

export function showTopic(site: SiteContext): RequestHandler<{ topic: string }> {
  return async (request, response) => {
    const { topic } = request.params
    const words = wordsOf(site)
    const publication = site.publication()
    const about = articleLists(site.articles()).byTopic.get(topic) ?? []
    const label = publication.topics.get(topic) ?? about[0]?.topicLabels[about[0].topics.indexOf(topic)] ?? topic
    const listPage = pageOfArticles(about, request.query.page, localPath(publication, paths.topic(topic)))
    if (!listPage || (about.length === 0 && !publication.topics.has(topic))) return sendError(site, response, 404)
    const head = {
      title: label,
      description: words('site.list.topic.description', { topic: label, publication: publication.title }),
      path: pageAddress(paths.topic(topic), listPage.number),
      feeds: { kind: 'topics', topics: [topic] },
    } as const
    await sendArticlesPage(site, response, 'list', head, () => ({
      ...listValues(site, listPage),
      kind: words('site.list.topic'),
      count: about.length,
    }))
  }
}

export function showAuthor(site: SiteContext): RequestHandler<{ author: string }> {
  return async (request, response) => {
    const { author } = request.params
    const words = wordsOf(site)
    const publication = site.publication()
    const written = articleLists(site.articles()).byAuthor.get(author) ?? []
    const name = written[0]?.authors.find((one) => authorKey(one) === author)
    const listPage = pageOfArticles(written, request.query.page, localPath(publication, paths.author(author)))
    if (name === undefined || !listPage) return sendError(site, response, 404)
    const head = {
      title: name,
      description: words('site.list.author.description', { author: name, publication: publication.title }),
      path: pageAddress(paths.author(author), listPage.number),
      feeds: { kind: 'author', author },
    } as const
    await sendArticlesPage(site, response, 'list', head, () => ({
      ...listValues(site, listPage),
      kind: words('site.list.author'),
      count: written.length,
    }))
  }
}

/** 301 if the article has a new slug, 410 if it was withdrawn or has expired (RFC 9110 §15.4.2, §15.5.11). */
export function showArticle(site: SiteContext): RequestHandler<{ slug: string }> {
  return async (request, response) => {
    const found = site.findArticle(request.params.slug)
    const publication = site.publication()
    if (found.status === 'unknown') return sendError(site, response, 404)
    if (found.status === 'gone') return sendError(site, response, 410)
    if (found.status === 'expired') return sendExpired(site, response, longDate(publication, found.at))
    const { article } = found
    if (found.status === 'moved') return response.redirect(301, localPath(publication, paths.article(article.slug)))
    const snapshot = site.articles()
    const { articles } = snapshot
    const place = articleLists(snapshot).places.get(article)
    const [later, earlier] = place === undefined ? [] : [articles[place - 1], articles[place + 1]]
    if (!article.isIndexed) response.set('X-Robots-Tag', 'noindex')
    const head = {
      title: article.title,
      description: article.description,
      path: paths.article(article.slug),
      canonical: article.url,
      ...(article.isIndexed ? {} : { robots: 'noindex' }),
      ...(article.hero ? { image: article.hero } : {}),
      article: {
        published_time: article.publishedAt.toISOString(),
        modified_time: article.updatedAt.toISOString(),
        author: article.author ?? null,
      },
      data: dataOf(publication, article),
    }
    await sendArticlesPage(site, response, 'article', head, () => ({
      article: storyOf(publication, article, wordsOf(site)),
      earlier: earlier ? cardOf(publication, earlier) : null,
      later: later ? cardOf(publication, later) : null,
      invitation: invitationOf(site),
    }))
  }
}

/** The invitation at the end of pages offers the first digest of publication.yaml. */
export function invitationOf(site: SiteContext) {
  const [first] = site.publication().digests.values()
  return first ? { name: first.name, ...invitationWording(site, first) } : null
}

interface PageOfArticles extends ListPage {
  readonly articles: readonly Article[]
}

function pageOfArticles(articles: readonly Article[], asked: unknown, address: string): PageOfArticles | undefined {
  const listPage = pageOfList(articles.length, pageNumber(asked), address)
  return listPage && { ...listPage, articles: articles.slice((listPage.number - 1) * itemsOnPage, listPage.number * itemsOnPage) }
}

function listValues(site: SiteContext, { articles, ...listPage }: PageOfArticles): object {
  const publication = site.publication()
  return { articles: articles.map((article) => cardOf(publication, article)), leaf: listPage, invitation: invitationOf(site) }
}
