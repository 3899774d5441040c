import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { logFailure } from '../../platform/http/failure-status.ts'
import { answerOtherMethod } from '../../platform/http/method-not-allowed.ts'
import { logError } from '../../platform/log.ts'
import { fullTime } from '../../publication/format-date.ts'
import { inLanguage } from '../../publication/reader-language.ts'
import { cardOf } from './article-view.ts'
import type { SiteContext } from './context.ts'
import { sendPage } from './page.ts'
import { wordsOf } from './words.ts'

const titles = {
  400: 'site.error.400.title',
  403: 'site.error.403.title',
  404: 'site.error.404.title',
  405: 'site.error.405.title',
  410: 'site.error.410.title',
  413: 'site.error.413.title',
  429: 'site.error.429.title',
  500: 'site.error.500.title',
  503: 'site.error.500.title',
} as const

type ErrorStatus = keyof typeof titles

/** The number of latest articles on an error page. */
const suggestions = 3

export function sendError(site: SiteContext, response: Response, status: ErrorStatus): Promise<void> {
  return sendErrorPage(site, response, status, wordsOf(site)(titles[status]))
}

/** 410 for an article whose time is over. `date` is in words. */
export function sendExpired(site: SiteContext, response: Response, date: string): Promise<void> {
  return sendErrorPage(site, response, 410, wordsOf(site)('site.error.expired.title', { date }), { expired: date })
}

/** 429 for a sign-up over a limit. */
export function sendTooMany(site: SiteContext, response: Response, comeBackAt: Date, language: string): Promise<void> {
  // Rounded up to the minute that is shown.
  const shown = new Date(Math.ceil(comeBackAt.getTime() / 60_000) * 60_000)
  return sendErrorPage(site, response, 429, wordsOf(site, language)(titles[429]), {
    language,
    come_back: fullTime(inLanguage(site.publication(), language), shown),
    timezone: site.publication().timezone,
  })
}

async function sendErrorPage(
  site: SiteContext,
  response: Response,
  status: ErrorStatus,
  title: string,
  { language, ...more }: { readonly language?: string; readonly [name: string]: unknown } = {},
): Promise<void> {
  const publication = site.publication()
  const latest = site.articles().articles.slice(0, suggestions)
  response.status(status)
  const values = { status, expired: null, come_back: null, timezone: null, ...more, latest: latest.map((one) => cardOf(publication, one)) }
  await sendPage(site, response, 'error', { title, ...(language === undefined ? {} : { language }) }, values)
}

/** Answers all other methods of a path with 405. */
export function allowOnly(site: SiteContext, ...methods: readonly ('GET' | 'POST')[]): RequestHandler {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return (request, response) => answerOtherMethod(request, response, allowed, () => sendError(site, response, 405))
}

/**
 * Refuses forms on other sites, even with a valid link. Browsers send Sec-Fetch-Site (Fetch Metadata); requests without it pass, because
 * the token is the proof. Not used for unsubscribing: webmail sends one-click requests from its own pages.
 */
export function refuseOtherSites(site: SiteContext): RequestHandler {
  return async (request, response, next) => {
    if (request.method === 'POST' && request.get('Sec-Fetch-Site') === 'cross-site') await sendError(site, response, 403)
    else next()
  }
}

export function missingPage(site: SiteContext): RequestHandler {
  return (_request, response) => sendError(site, response, 404)
}

/** Client errors are answered with their status. Others are logged, without the path: it may contain a token. */
export function failedPage(site: SiteContext): ErrorRequestHandler {
  return async (error, _request, response, next) => {
    if (response.headersSent) return next(error)
    const status = statusOf(error) ?? logFailure(site.log, response, error, 'could not render a page')
    try {
      await sendError(site, response, status)
    } catch (fault) {
      logError(site.log, fault, 'could not render the error page')
      response
        .status(status)
        .type('text')
        .send(`${wordsOf(site)(titles[status])}.\n`)
    }
  }
}

/** Undefined for a failure of this side. */
function statusOf(error: unknown): ErrorStatus | undefined {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (status === 404 || status === 413) return status
  return typeof status === 'number' && status >= 400 && status < 500 ? 400 : undefined
}
