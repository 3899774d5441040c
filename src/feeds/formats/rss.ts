import { Feed } from 'feed'
import type { EntrySource, FeedDocument, FeedWriter } from './document.ts'
import { entryHtml, textAsHtml } from './entry-html.ts'
import { heroElements, mediaNamespace } from './media-rss.ts'
import { emptyElement, escapeXml, Insertions } from './xml.ts'

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
    const insertions = new Insertions()
    const feed = new Feed({ title: '', link: 'insertion:', updated: article.updatedAt })
    feed.addItem({
      title: insertions.text(article.title),
      link: insertions.text(article.url),
      guid: insertions.text(article.uri),
      date: article.publishedAt,
      ...(article.description === '' ? {} : { description: insertions.text(textAsHtml(article.description)) }),
      content: insertions.text(entryHtml(article, context)),
      category: article.topicLabels.map((label) => ({ name: insertions.text(label) })),
      extensions: [
        // `feed` keeps only the last of several elements with one name, so all of them are passed as one.
        { name: 'more', objects: textNode(insertions.xml(creatorElements(article) + enclosureElement(article) + heroElements(article))) },
      ],
    })
    const xml = feed.rss2()
    const item = xml.slice(xml.indexOf('<item>'), xml.lastIndexOf('</item>') + '</item>'.length)
    return insertions.fill(item.replace(/<more>(insertion:\d+;)<\/more>/, '$1'))
  },

  document(document, entries) {
    const insertions = new Insertions()
    const feed = new Feed({
      title: insertions.text(document.title),
      link: insertions.text(document.homeUrl),
      description: insertions.text(document.description),
      language: insertions.text(document.language),
      updated: document.updatedAt,
      generator: 'Broadsheet',
      docs: 'https://www.rssboard.org/rss-specification',
    })
    feed.addExtension({ name: 'more', objects: textNode(insertions.xml(`${linkElements(document)}${entries.join('\n')}`)) })
    const root = Object.entries(namespaces).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
    return insertions.fill(
      feed
        .rss2()
        .replace(/<rss [^>]*>/, `<rss version="2.0"${root.join('')}>`)
        .replace(/<more>(insertion:\d+;)<\/more>/, '$1')
        // A feed without entries has no date of its last change.
        .replace(/\s*<lastBuildDate>Thu, 01 Jan 1970 00:00:00 GMT<\/lastBuildDate>/, ''),
    )
  },
}

/** The xml-js form of a text node, which `feed` expects in extensions. */
function textNode(text: string): Record<string, unknown> {
  return { _text: text }
}

/** An RSS author is an email address, which our authors do not publish. */
function creatorElements({ authors }: EntrySource): string {
  return authors.map((name) => `<dc:creator>${escapeXml(name)}</dc:creator>`).join('')
}

/** RSS 2.0 allows one enclosure an item. Atom and JSON Feed contain all of them. */
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
