import { Feed } from 'feed'
import { authorPath, publicUrl } from '../../publication/urls.ts'
import type { EntryContext, EntrySource, FeedWriter } from './document.ts'
import { entryHtml, labelOf } from './entry-html.ts'

/** JSON Feed 1.1. The package `feed` writes version 1 with one author, so its output is parsed and upgraded. */
export const json: FeedWriter = {
  type: 'application/feed+json; charset=utf-8',

  entry(article, context) {
    const feed = new Feed({ title: '' })
    feed.addItem({
      title: article.title,
      id: article.uri,
      link: article.url,
      date: article.updatedAt,
      published: article.publishedAt,
      ...(article.description === '' ? {} : { description: article.description }),
      content: entryHtml(article, context) || article.description,
      category: article.topicLabels.map((name) => ({ name })),
      ...(article.hero ? { image: article.hero.url } : {}),
    })
    const { items } = JSON.parse(feed.json1()) as { items: Record<string, unknown>[] }
    const item: Record<string, unknown> = { ...items[0] }
    if (article.authors.length > 0) {
      item.authors = article.authors.map((name) => {
        const path = authorPath(name)
        return { name, ...(path === undefined ? {} : { url: publicUrl({ url: context.publicationUrl }, path) }) }
      })
    }
    if (article.enclosures.length > 0) {
      item.attachments = article.enclosures.map(({ url, type, bytes }) => ({ url, mime_type: type, size_in_bytes: bytes || undefined }))
    }
    return JSON.stringify({ ...item, _broadsheet: extension(article, context) })
  },

  document(document, entries) {
    const feed = new Feed({
      title: document.title,
      link: document.homeUrl,
      description: document.description,
      feedLinks: { json: document.selfUrl },
    })
    const { items: _none, ...head } = JSON.parse(feed.json1()) as Record<string, unknown>
    const written = {
      ...head,
      version: 'https://jsonfeed.org/version/1.1',
      language: document.language,
      authors: [{ name: document.author, url: document.homeUrl }],
      ...(document.hub ? { hubs: [{ type: 'WebSub', url: document.hub }] } : {}),
      ...(document.prevArchiveUrl ? { next_url: document.prevArchiveUrl } : {}),
    }
    return `${JSON.stringify(written).slice(0, -1)},"items":[\n${entries.join(',\n')}\n]}\n`
  },
}

/** Fields that JSON Feed does not define; null if the article has none. */
function extension({ readMinutes, subtitle, callToAction }: EntrySource, context: EntryContext) {
  return {
    read_minutes: readMinutes,
    subtitle: subtitle ?? null,
    call_to_action: callToAction ? { text: callToAction.text ?? null, label: labelOf(callToAction, context), url: callToAction.url } : null,
  }
}
