import { Feed } from 'feed'
import { authorPath, publicUrl } from '../../publication/urls.ts'
import type { EntryContext, FeedDocument, FeedWriter } from './document.ts'
import { entryHtml } from './entry-html.ts'
import { heroElements, mediaNamespace } from './media-rss.ts'
import { emptyElement, escapeXml, Insertions } from './xml.ts'

/** Atom 1.0 (RFC 4287) with media and history elements. */
export const atom: FeedWriter = {
  type: 'application/atom+xml; charset=utf-8',

  entry(article, context) {
    const insertions = new Insertions()
    const feed = new Feed({ title: '', updated: article.updatedAt })
    const enclosures = article.enclosures.map(({ url, type, bytes }) =>
      emptyElement('link', { rel: 'enclosure', href: url, type, length: bytes || undefined }),
    )
    feed.addItem({
      title: insertions.text(article.title),
      id: insertions.text(article.uri),
      link: insertions.text(article.url),
      date: article.updatedAt,
      published: article.publishedAt,
      // An empty summary would say that there is nothing to say (RFC 4287 §4.2.13).
      ...(article.description === '' ? {} : { description: insertions.text(article.description) }),
      content: insertions.text(entryHtml(article, context)),
      author: article.authors.map((name) => ({
        name: insertions.text(name),
        ...authorLink(name, context, insertions),
      })),
      category: article.topics.map((topic, index) => ({
        name: insertions.text(article.topicLabels[index] ?? topic),
        term: insertions.text(topic),
      })),
      copyright: insertions.xml(enclosures.join('') + heroElements(article)),
    })
    const xml = feed.atom1()
    const entry = xml.slice(xml.indexOf('<entry>'), xml.lastIndexOf('</entry>') + '</entry>'.length)
    return insertions.fill(withoutRights(entry).replace(/<(title|summary) type="html">/g, '<$1>'))
  },

  document(document, entries) {
    const insertions = new Insertions()
    const feed = new Feed({
      id: insertions.text(document.id),
      title: insertions.text(document.title),
      link: insertions.text(document.homeUrl),
      description: insertions.text(document.description),
      updated: document.updatedAt,
      generator: 'Broadsheet',
      author: { name: insertions.text(document.author) },
      copyright: insertions.xml(`${linkElements(document)}${entries.join('\n')}`),
    })
    const root = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="${mediaNamespace}" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="${escapeXml(document.language)}">`
    return insertions.fill(withoutRights(feed.atom1()).replace(/<feed [^>]*>/, root))
  },
}

/** `feed` supports no extensions in Atom, so they are passed in the copyright field and its `<rights>` tag is removed. */
function withoutRights(xml: string): string {
  return xml.replace(/<rights>(insertion:\d+;)<\/rights>/, '$1')
}

/** `link` of an author with a page. */
function authorLink(name: string, { publicationUrl }: EntryContext, insertions: Insertions): { link?: string } {
  const path = authorPath(name)
  return path === undefined ? {} : { link: insertions.text(publicUrl({ url: publicationUrl }, path)) }
}

function linkElements(document: FeedDocument): string {
  const link = (rel: string, href: string | undefined, type?: string) => (href ? emptyElement('link', { rel, href, type }) : '')
  return [
    link('self', document.selfUrl, 'application/atom+xml'),
    link('hub', document.hub),
    link('current', document.currentUrl),
    link('prev-archive', document.prevArchiveUrl),
    document.currentUrl ? '<fh:archive/>' : '',
  ].join('')
}
