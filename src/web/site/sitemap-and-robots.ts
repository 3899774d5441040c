import type { RequestHandler } from 'express'
import type { Snapshot } from '../../articles/article.ts'
import { escapeInAnyQuotes } from '../../platform/html/escape.ts'
import { darkPaper, legibleOn, lightPaper } from '../../publication/colours.ts'
import type { Publication } from '../../publication/publication.ts'
import { themeKey } from '../../publication/theme.ts'
import { basePath, paths, publicUrl } from '../../publication/urls.ts'
import { articleLists } from './article-lists.ts'
import type { SiteContext } from './context.ts'
import { sendError } from './errors.ts'

/** The limit of sitemaps.org. Crawlers find older articles by links. */
const maxAddresses = 50_000

export function showSitemap(site: SiteContext): RequestHandler {
  return (request, response) =>
    site.written.send(request, response, paths.sitemap, async () => ({
      body: writeSitemap(site.publication(), site.articles()),
      type: 'application/xml; charset=utf-8',
      cacheControl: 'no-cache',
    }))
}

function writeSitemap(publication: Publication, snapshot: Snapshot): string {
  const { articles } = snapshot
  const { byTopic, byAuthor } = articleLists(snapshot)
  const addresses = [
    { path: publicUrl(publication, paths.home), changedAt: articles[0]?.publishedAt },
    ...(publication.digests.size > 0 ? [{ path: publicUrl(publication, paths.subscribe), changedAt: undefined }] : []),
    ...([...publication.digests.values()].some(({ isArchived }) => isArchived)
      ? [{ path: publicUrl(publication, paths.issues), changedAt: undefined }]
      : []),
    ...[...byTopic.keys()].map((topic) => ({ path: publicUrl(publication, paths.topic(topic)), changedAt: undefined })),
    ...[...byAuthor.keys()].map((author) => ({ path: publicUrl(publication, paths.author(author)), changedAt: undefined })),
    // Articles on another site belong to the sitemap there.
    ...articles.flatMap(({ url: path, updatedAt, isIndexed }) =>
      isIndexed && path.startsWith(publicUrl(publication, paths.home)) ? [{ path, changedAt: updatedAt }] : [],
    ),
  ].slice(0, maxAddresses)
  const entries = addresses.map(({ path, changedAt }) => {
    const changed = changedAt ? `<lastmod>${changedAt.toISOString()}</lastmod>` : ''
    return `<url><loc>${escapeInAnyQuotes(path)}</loc>${changed}</url>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${entries.join('')}</urlset>\n`
}

/** RFC 9309. Pages with tokens are not listed: they cannot be guessed, and they send noindex. */
export function showRobots(site: SiteContext): RequestHandler {
  return (_request, response) => {
    const publication = site.publication()
    const base = basePath(publication)
    response.set('Cache-Control', 'no-cache').type('text')
    response.send(
      `User-agent: *\nDisallow: ${base}${paths.admin}\nDisallow: ${base}/api/\n\nSitemap: ${publicUrl(publication, paths.sitemap)}\n`,
    )
  }
}

/** A file of `templates/pages/assets`. With the current version in its address, it may be cached for ever. */
export function showAsset(site: SiteContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const { name } = request.params
    const asset = await site.pages.asset(name)
    if (!asset) return sendError(site, response, 404)
    const publication = site.publication()
    const isStyle = name === 'style.css'
    const isCurrent = request.query.v === asset.version && (!isStyle || request.query.look === themeKey(publication))
    response.set('Cache-Control', isCurrent ? 'public, max-age=31536000, immutable' : 'no-cache').type(asset.type)
    response.send(isStyle ? `${asset.body}${themeRules(publication)}` : asset.body)
  }
}

/** Browsers request this path even if no page links to it. */
export function showFavicon(site: SiteContext): RequestHandler {
  return async (_request, response) => {
    const icon = await site.pages.asset('favicon.ico')
    if (!icon) return sendError(site, response, 404)
    response.set('Cache-Control', 'public, max-age=86400').type(icon.type).send(icon.body)
  }
}

/** Must match the colours in style.css. */
const schemes = { light: { paper: lightPaper, ink: '#1c1a17' }, dark: { paper: darkPaper, ink: '#ece8df' } }

function themeRules({ accent, fonts }: Publication): string {
  const rules = (['light', 'dark'] as const).map((scheme) => {
    const colour = accent[scheme]
    const { paper, ink } = schemes[scheme]
    // Contrast is symmetric: if paper is legible on the accent, the accent is legible on paper.
    const words = legibleOn(colour) === paper ? colour : ink
    return `:root { --accent: ${colour}; --on-accent: ${legibleOn(colour)}; --accent-words: ${words} }`
  })
  const families = [...(fonts.text ? [`--serif: ${fonts.text};`] : []), ...(fonts.labels ? [`--sans: ${fonts.labels};`] : [])]
  if (families.length > 0) rules[0] += `\n:root { ${families.join(' ')} }`
  return `\n${rules[0]}\n@media screen and (prefers-color-scheme: dark) { ${rules[1]} }\n`
}
