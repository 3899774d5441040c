import { Router } from 'express'
import { showConfirm, takeConfirm } from './confirm.ts'
import { showEmbed } from './embed.ts'
import { allowOnly, failedPage, missingPage, refuseOtherSites } from './errors.ts'
import { readAnyForm, readForm } from './form.ts'
import { follow } from './go.ts'
import { framingHeaders, readingHeaders, secretHeaders } from './headers.ts'
import { showIssueFeed } from './issue-feeds.ts'
import { showIssue, showIssueMessage, showIssues } from './issues.ts'
import { showAsset, showFavicon, showRobots, showSitemap } from './machines.ts'
import { showOwnData, showPreferences, takePreferences } from './preferences.ts'
import { showPrivacy } from './privacy.ts'
import { showArticle, showAuthor, showHome, showTopic } from './reading.ts'
import type { Site } from './site.ts'
import { showSubscribe, takeSubscribe } from './subscribe.ts'
import { showUnsubscribe, takeUnsubscribe } from './unsubscribe.ts'

/**
 * The public pages. To be mounted last, at `/`: what they do not know is their 404. A GET changes nothing (RFC 9110
 * §9.2.1); HEAD, ETag and 304 are Express's own.
 */
export function siteRoutes(site: Site): Router {
  const routes = Router({ caseSensitive: true })

  routes.use((request, _response, next) => {
    // A condition holds whatever the request says to caches on its way (RFC 9110 §13.2.1); Express would not answer 304.
    delete request.headers['cache-control']
    next()
  })
  routes.use(['/confirm/:token', '/unsubscribe/:token', '/preferences/:token'], secretHeaders)
  routes.use(['/confirm/:token', '/preferences/:token'], refuseOtherSites(site))
  routes
    .route('/confirm/:token')
    .get(showConfirm(site))
    .post(takeConfirm(site))
    .all(allowOnly(site, 'GET', 'POST'))
  routes
    .route('/unsubscribe/:token')
    .get(showUnsubscribe(site))
    .post(readAnyForm, takeUnsubscribe(site))
    .all(allowOnly(site, 'GET', 'POST'))
  routes.route('/preferences/:token/data').get(showOwnData(site)).all(allowOnly(site, 'GET'))
  routes
    .route('/preferences/:token')
    .get(showPreferences(site))
    .post(readForm, takePreferences(site))
    .all(allowOnly(site, 'GET', 'POST'))

  routes.use((request, response, next) => (response.get('Content-Security-Policy') ? next() : readingHeaders(request, response, next)))
  routes.route('/').get(showHome(site)).all(allowOnly(site, 'GET'))
  routes.route('/articles/:slug').get(showArticle(site)).all(allowOnly(site, 'GET'))
  routes.route('/topics/:topic').get(showTopic(site)).all(allowOnly(site, 'GET'))
  routes.route('/authors/:author').get(showAuthor(site)).all(allowOnly(site, 'GET'))
  routes.route('/issues').get(showIssues(site)).all(allowOnly(site, 'GET'))
  routes.route('/issues/feed.xml').get(showIssueFeed(site, 'rss')).all(allowOnly(site, 'GET'))
  routes.route('/issues/atom.xml').get(showIssueFeed(site, 'atom')).all(allowOnly(site, 'GET'))
  routes.route('/issues/feed.json').get(showIssueFeed(site, 'json')).all(allowOnly(site, 'GET'))
  routes.route('/issues/:id').get(framingHeaders, showIssue(site)).all(allowOnly(site, 'GET'))
  routes.route('/issues/:id/message').get(showIssueMessage(site)).all(allowOnly(site, 'GET'))
  routes
    .route('/subscribe')
    .get(showSubscribe(site))
    .post(readForm, takeSubscribe(site))
    .all(allowOnly(site, 'GET', 'POST'))
  routes.route('/subscribe/embed').get(showEmbed(site)).all(allowOnly(site, 'GET'))
  routes.route('/go/:id').get(follow(site)).all(allowOnly(site, 'GET'))
  routes.route('/privacy').get(showPrivacy(site)).all(allowOnly(site, 'GET'))
  routes.route('/sitemap.xml').get(showSitemap(site)).all(allowOnly(site, 'GET'))
  routes.route('/robots.txt').get(showRobots(site)).all(allowOnly(site, 'GET'))
  routes.route('/favicon.ico').get(showFavicon(site)).all(allowOnly(site, 'GET'))
  routes.route('/assets/:name').get(showAsset(site)).all(allowOnly(site, 'GET'))

  routes.use(missingPage(site))
  routes.use(failedPage(site))
  return routes
}
