import { Router } from 'express'
import { feedFormats, paths, patterns } from '../../publication/urls.ts'
import { postConfirm, showConfirm } from './confirm.ts'
import type { SiteContext } from './context.ts'
import { follow } from './counted-link.ts'
import { showEmbed } from './embed.ts'
import { allowOnly, failedPage, missingPage, refuseOtherSites } from './errors.ts'
import { readAnyForm, readForm } from './form.ts'
import { framingHeaders, readingHeaders, secretHeaders } from './headers.ts'
import { showIssueFeed } from './issue-feeds.ts'
import { showIssue, showIssueMessage, showIssues } from './issues.ts'
import { postPreferences, showOwnData, showPreferences } from './preferences.ts'
import { showPrivacy } from './privacy.ts'
import { showArticle, showAuthor, showHome, showTopic } from './reading.ts'
import { showAsset, showFavicon, showRobots, showSitemap } from './sitemap-and-robots.ts'
import { postSubscribe, showSubscribe } from './subscribe.ts'
import { postUnsubscribe, showUnsubscribe } from './unsubscribe.ts'

/**
 * The public pages. Mount them last, at `/`: unknown paths get a 404 page. A GET changes nothing (RFC 9110 §9.2.1).
 * Express handles HEAD, ETag and 304.
 */
export function siteRoutes(site: SiteContext): Router {
  const routes = Router({ caseSensitive: true })

  routes.use((request, _response, next) => {
    // Conditional requests do not depend on Cache-Control (RFC 9110 §13.2.1), but Express sends no 304 with `no-cache`.
    delete request.headers['cache-control']
    next()
  })
  routes.use([patterns.confirm, patterns.unsubscribe, patterns.preferences], secretHeaders)
  routes.use([patterns.confirm, patterns.preferences], refuseOtherSites(site))
  routes
    .route(patterns.confirm)
    .get(showConfirm(site))
    .post(postConfirm(site))
    .all(allowOnly(site, 'GET', 'POST'))
  routes
    .route(patterns.unsubscribe)
    .get(showUnsubscribe(site))
    .post(readAnyForm, postUnsubscribe(site))
    .all(allowOnly(site, 'GET', 'POST'))
  routes.route(patterns.ownData).get(showOwnData(site)).all(allowOnly(site, 'GET'))
  routes
    .route(patterns.preferences)
    .get(showPreferences(site))
    .post(readForm, postPreferences(site))
    .all(allowOnly(site, 'GET', 'POST'))

  routes.use((request, response, next) => (response.get('Content-Security-Policy') ? next() : readingHeaders(request, response, next)))
  routes.route(paths.home).get(showHome(site)).all(allowOnly(site, 'GET'))
  routes.route(patterns.article).get(showArticle(site)).all(allowOnly(site, 'GET'))
  routes.route(patterns.topic).get(showTopic(site)).all(allowOnly(site, 'GET'))
  routes.route(patterns.author).get(showAuthor(site)).all(allowOnly(site, 'GET'))
  routes.route(paths.issues).get(showIssues(site)).all(allowOnly(site, 'GET'))
  for (const format of feedFormats) routes.route(paths.issueFeed(format)).get(showIssueFeed(site, format)).all(allowOnly(site, 'GET'))
  routes.route(patterns.issue).get(framingHeaders, showIssue(site)).all(allowOnly(site, 'GET'))
  routes.route(patterns.issueMessage).get(showIssueMessage(site)).all(allowOnly(site, 'GET'))
  routes
    .route(paths.subscribe)
    .get(showSubscribe(site))
    .post(readForm, postSubscribe(site))
    .all(allowOnly(site, 'GET', 'POST'))
  routes.route(paths.embed).get(showEmbed(site)).all(allowOnly(site, 'GET'))
  routes.route(patterns.countedLink).get(follow(site)).all(allowOnly(site, 'GET'))
  routes.route(paths.privacy).get(showPrivacy(site)).all(allowOnly(site, 'GET'))
  routes.route(paths.sitemap).get(showSitemap(site)).all(allowOnly(site, 'GET'))
  routes.route(paths.robots).get(showRobots(site)).all(allowOnly(site, 'GET'))
  routes.route(paths.favicon).get(showFavicon(site)).all(allowOnly(site, 'GET'))
  routes.route(patterns.asset).get(showAsset(site)).all(allowOnly(site, 'GET'))

  routes.use(missingPage(site))
  routes.use(failedPage(site))
  return routes
}
