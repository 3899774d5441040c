import type { Response } from 'express'
import { runsRightToLeft } from '../../publication/text-direction.ts'
import { themeKey } from '../../publication/theme.ts'
import { basePath, type FeedScope, localHref, paths, publicUrl } from '../../publication/urls.ts'
import type { SiteContext } from './context.ts'

/** The values of a page's head. */
export interface Head {
  readonly title: string
  readonly description?: string
  /** Relative to the publication's URL; absent for pages without a canonical address. */
  readonly path?: string
  /** For crawlers, such as `noindex`. */
  readonly robots?: string
  /** An absolute URL, if the canonical page is a different one. */
  readonly canonical?: string
  readonly feeds?: FeedScope
  /** The language of the page's words. Default: the publication's. */
  readonly language?: string
  readonly image?: { readonly url: string; readonly alt: string }
  /** For articles: values for Open Graph. */
  readonly article?: { readonly published_time: string; readonly modified_time: string; readonly author: string | null }
  readonly data?: object
}

/** Renders `template` in the common layout and sends it. Express adds ETag, 304 and HEAD. */
export async function sendPage(site: SiteContext, response: Response, template: string, head: Head, values: object = {}): Promise<void> {
  const html = await site.pages.render(template, { ...frameOf(site, head), ...values })
  if (!response.get('Cache-Control')) response.set('Cache-Control', 'no-cache')
  response.type('html').send(html)
}

/**
 * The same for a page that depends on the articles and the publication only: it is written once for a snapshot. `head.path` is its key.
 * `valuesOf` is called only when the page is written.
 */
export function sendArticlesPage(
  site: SiteContext,
  response: Response,
  template: string,
  head: Head & { readonly path: string },
  valuesOf: () => object,
): Promise<void> {
  return site.written.send(response.req, response, head.path, async () => ({
    body: await site.pages.render(template, { ...frameOf(site, head), ...valuesOf() }),
    type: 'text/html; charset=utf-8',
    cacheControl: 'no-cache',
  }))
}

function frameOf(site: SiteContext, head: Head): object {
  const publication = site.publication()
  const base = basePath(publication)
  const language = head.language ?? publication.language
  return {
    base,
    language,
    publication: {
      title: publication.title,
      description: publication.description,
      language: publication.language,
      url: publication.url,
      look: themeKey(publication),
      logo: publication.logo === undefined ? null : localHref(publication, publication.logo),
      has_digests: publication.digests.size > 0,
    },
    topics: [...publication.topics].map(([key, label]) => ({
      label,
      href: base + paths.topic(key),
      is_current: head.path?.split('?', 1)[0] === paths.topic(key),
    })),
    feeds: site.feedLinks(head.feeds ?? { kind: 'all' }),
    direction: runsRightToLeft(language) ? 'rtl' : 'ltr',
    head: {
      title: head.title,
      description: head.description ?? publication.description,
      canonical: head.canonical ?? (head.path === undefined ? null : publicUrl(publication, head.path)),
      robots: head.robots ?? null,
      image: head.image ?? null,
      article: head.article ?? null,
      data: head.data === undefined ? null : dataBlock(head.data),
    },
  }
}

/** JSON for a script element, without `</script>` or `<!--`. */
function dataBlock(data: object): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
