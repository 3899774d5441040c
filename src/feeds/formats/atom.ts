import { Feed } from 'feed'
import { authorKey } from '../../publication/keys.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import type { FeedDocument, FeedWriter } from './document.ts'
import { entryHtml } from './entry-html.ts'
import { heroElements, mediaNamespace } from './media-rss.ts'
import { emptyElement, escapeXml, Holes } from './xml.ts'

/** Atom 1.0 (RFC 4287) with media and history elements. */
export const atom: FeedWriter = {
  type: 'application/atom+xml; charset=utf-8',

  entry(article, context) {
    const holes = new Holes()
    const feed = new Feed({ title: '', updated: article.updatedAt })
    const enclosures = article.enclosures.map(({ url, type, bytes }) =>
      emptyElement('link', { rel: 'enclosure', href: url, type, length: bytes }),
    )
    feed.addItem({
      title: holes.text(article.title),
      id: holes.text(article.id),
      link: holes.text(article.url),
      date: article.updatedAt,
      published: article.publishedAt,
      description: holes.text(article.description),
      content: holes.text(entryHtml(article)),
      author: article.authors.map((name) => ({
        name: holes.text(name),
        link: holes.text(publicUrl({ url: context.publicationUrl }, paths.author(authorKey(name)))),
      })),
      category: article.topics.map((topic) => ({ name: holes.text(context.topics.get(topic) ?? topic), term: holes.text(topic) })),
      copyright: holes.xml(enclosures.join('') + heroElements(article)),
    })
    const xml = feed.atom1()
    const entry = xml.slice(xml.indexOf('<entry>'), xml.lastIndexOf('</entry>') + '</entry>'.length)
    return holes.fill(withoutRights(entry).replace(/<(title|summary) type="html">/g, '<$1>'))
  },

  document(document, entries) {
    const holes = new Holes()
    const feed = new Feed({
      id: holes.text(document.selfUrl),
      title: holes.text(document.title),
      link: holes.text(document.homeUrl),
      description: holes.text(document.description),
      updated: document.updatedAt,
      generator: 'Broadsheet',
      author: { name: holes.text(document.author) },
      copyright: holes.xml(`${linkElements(document)}${entries.join('\n')}`),
    })
    const root = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="${mediaNamespace}" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="${escapeXml(document.language)}">`
    return holes.fill(withoutRights(feed.atom1()).replace(/<feed [^>]*>/, root))
  },
}

/** `feed` takes no extensions in Atom: what it cannot build comes in the place of the rights. */
function withoutRights(xml: string): string {
  return xml.replace(/<rights>(hole:\d+;)<\/rights>/, '$1')
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
