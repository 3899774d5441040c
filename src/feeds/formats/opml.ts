import type { Publication } from '../../publication/publication.ts'
import { type FeedScope, feedPath, publicUrl } from '../../publication/urls.ts'
import { emptyElement, escapeXml } from './xml.ts'

export const opmlType = 'text/x-opml; charset=utf-8'

export interface OpmlEntry {
  readonly title: string
  readonly scope: FeedScope
  readonly homeUrl: string
}

/** OPML 2.0: all feeds of the publication as one subscription list. */
export function writeOpml(publication: Publication, entries: readonly OpmlEntry[]): string {
  const outlines = entries.map(({ title, scope, homeUrl }) =>
    emptyElement('outline', {
      type: 'rss',
      text: title,
      title,
      xmlUrl: publicUrl(publication, feedPath({ format: 'rss', scope, archive: undefined })),
      htmlUrl: homeUrl,
      language: publication.language,
    }),
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0">
  <head>
    <title>${escapeXml(publication.title)}</title>
    <ownerName>${escapeXml(publication.title)}</ownerName>
  </head>
  <body>
    ${outlines.join('\n    ')}
  </body>
</opml>
`
}
