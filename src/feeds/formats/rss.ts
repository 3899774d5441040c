import { Feed } from 'feed'
import type { FeedDocument, FeedWriter } from './document.ts'
import { entryHtml, textAsHtml } from './entry-html.ts'
import { heroElements, mediaNamespace } from './media-rss.ts'
import { emptyElement, Holes } from './xml.ts'

const namespaces = {
  atom: 'http://www.w3.org/2005/Atom',
  content: 'http://purl.org/rss/1.0/modules/content/',
  dc: 'http://purl.org/dc/elements/1.1/',
  fh: 'http://purl.org/syndication/history/1.0',
  media: mediaNamespace,
}

/** RSS 2.0 as the RSS Advisory Board describes it, with dc, content, media, atom and history elements. */
export const rss: FeedWriter = {
  type: 'application/rss+xml; charset=utf-8',

  entry(article, context) {
    const holes = new Holes()
    const feed = new Feed({ title: '', link: 'hole:', updated: article.updatedAt })
    feed.addItem({
      title: holes.text(article.title),
      link: holes.text(article.url),
      guid: holes.text(article.id),
      date: article.publishedAt,
      description: holes.text(textAsHtml(article.description)),
      content: holes.text(entryHtml(article)),
      category: article.topics.map((topic) => ({ name: holes.text(context.topics.get(topic) ?? topic) })),
      extensions: [
        // An RSS author is an address of mail, which ours do not give.
        ...article.authors.map((author) => ({ name: 'dc:creator', objects: textNode(holes.text(author)) })),
        { name: 'more', objects: textNode(holes.xml(enclosureElement(article) + heroElements(article))) },
      ],
    })
    const xml = feed.rss2()
    const item = xml.slice(xml.indexOf('<item>'), xml.lastIndexOf('</item>') + '</item>'.length)
    return holes.fill(item.replace(/<more>(hole:\d+;)<\/more>/, '$1'))
  },

  document(document, entries) {
    const holes = new Holes()
    const feed = new Feed({
      title: holes.text(document.title),
      link: holes.text(document.homeUrl),
      description: holes.text(document.description),
      language: holes.text(document.language),
      updated: document.updatedAt,
      generator: 'Broadsheet',
      docs: 'https://www.rssboard.org/rss-specification',
    })
    feed.addExtension({ name: 'more', objects: textNode(holes.xml(`${linkElements(document)}${entries.join('\n')}`)) })
    const root = Object.entries(namespaces).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
    return holes.fill(
      feed
        .rss2()
        .replace(/<rss [^>]*>/, `<rss version="2.0"${root.join('')}>`)
        .replace(/<more>(hole:\d+;)<\/more>/, '$1')
        // What has no entry yet has no time of its last one.
        .replace(/\s*<lastBuildDate>Thu, 01 Jan 1970 00:00:00 GMT<\/lastBuildDate>/, ''),
    )
  },
}

/** xml-js writes an element of this, which is what an extension has to be. */
function textNode(text: string): Record<string, unknown> {
  return { _text: text }
}

/** RSS 2.0 takes one enclosure for each item; Atom and JSON carry the others. */
function enclosureElement({ enclosures: [first] }: { enclosures: readonly { url: string; type: string; bytes: number }[] }): string {
  return first ? emptyElement('enclosure', { url: first.url, length: first.bytes, type: first.type }) : ''
}

function linkElements(document: FeedDocument): string {
  const link = (rel: string, href: string | undefined, type?: string) => (href ? emptyElement('atom:link', { href, rel, type }) : '')
  return [
    link('self', document.selfUrl, 'application/rss+xml'),
    link('hub', document.hub),
    link('current', document.currentUrl),
    link('prev-archive', document.prevArchiveUrl),
    document.currentUrl ? '<fh:archive/>' : '',
  ].join('')
}
