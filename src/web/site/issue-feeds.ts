import type { RequestHandler } from 'express'
import { archiveBeganAt, pageOfArchive } from '../../digests/issue/archive.ts'
import type { Issue } from '../../digests/issue/issue.ts'
import { publicArticles, publicSubject } from '../../digests/issue/public-issue.ts'
import { writers } from '../../feeds/entry-cache.ts'
import type { FeedLink } from '../../feeds/feeds.ts'
import type { EntrySource } from '../../feeds/formats/document.ts'
import { escapeXml } from '../../feeds/formats/xml.ts'
import { answer, makeRepresentation } from '../../platform/http/representation.ts'
import type { Publication } from '../../publication/publication.ts'
import { type FeedFormat, paths, publicUrl } from '../../publication/urls.ts'
import type { SiteContext } from './context.ts'
import { wordsOf } from './words.ts'

/** The feed of the archive: one entry for each sent issue, as many as other feeds have. */
export function showIssueFeed(site: SiteContext, format: FeedFormat): RequestHandler {
  return async (request, response) => {
    const publication = site.publication()
    const { issues } = await pageOfArchive(site.digests, { limit: publication.feeds.entries, offset: 0 })
    const writer = writers[format]
    const words = wordsOf(site)
    const context = { publicationUrl: publication.url, readOn: () => words('email.read_on') }
    const updatedAt = issues[0]?.createdAt ?? (await archiveBeganAt(site.digests)) ?? new Date(0)
    const body = writer.document(
      {
        title: titleOf(site),
        description: words('site.issues.feed.description', { publication: publication.title }),
        language: publication.language,
        homeUrl: publicUrl(publication, paths.issues),
        selfUrl: feedUrl(publication, format),
        id: site.feedId?.(paths.issueFeed(format)) ?? feedUrl(publication, format),
        hub: undefined,
        author: publication.title,
        updatedAt,
        articles: [],
        prevArchiveUrl: undefined,
        currentUrl: undefined,
      },
      issues.map((issue) => writer.entry(entryOf(site, issue), context)),
    )
    answer(request, response, makeRepresentation({ body, type: writer.type, lastModified: updatedAt, cacheControl: 'no-cache' }))
  }
}

/** Links for autodiscovery on the archive page. */
export function issueFeedLinks(site: SiteContext): readonly FeedLink[] {
  return (['rss', 'atom', 'json'] as const).map((format) => ({
    title: titleOf(site),
    type: writers[format].type.replace(/;.*$/, ''),
    href: feedUrl(site.publication(), format),
  }))
}

function feedUrl(publication: Publication, format: FeedFormat): string {
  return publicUrl(publication, paths.issueFeed(format))
}

function titleOf(site: SiteContext): string {
  return wordsOf(site)('site.issues.feed', { publication: site.publication().title })
}

/** An issue as a feed entry: its text is the list of its articles. */
function entryOf(site: SiteContext, issue: Issue): EntrySource {
  const { digestTitle } = issue.content
  const articles = publicArticles(issue)
  const lines = articles.map(({ values: { title, url, subtitle } }) => {
    const link = `<a href="${escapeXml(url)}">${escapeXml(title)}</a>`
    return `<li>${link}${subtitle === '' ? '' : `: ${escapeXml(subtitle)}`}</li>`
  })
  return {
    uri: `urn:uuid:${issue.id}`,
    url: publicUrl(site.publication(), paths.issue(issue.id)),
    title: publicSubject(issue, site.publication().language),
    subtitle: undefined,
    description: wordsOf(site)('site.issues.entry', {
      digest: digestTitle,
      number: issue.number,
      titles: articles.map(({ values }) => values.title).join('; '),
    }),
    author: undefined,
    authors: [],
    readMinutes: articles.reduce((sum, { values }) => sum + values.read_minutes, 0),
    publishedAt: issue.createdAt,
    updatedAt: issue.createdAt,
    hero: undefined,
    topics: [],
    topicLabels: [],
    language: undefined,
    callToAction: undefined,
    enclosures: [],
    html: () => `<ul>${lines.join('')}</ul>`,
  }
}
