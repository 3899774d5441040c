import type { RequestHandler } from 'express'
import type { Words } from '../../platform/messages.ts'
import { paths } from '../../publication/urls.ts'
import type { SiteContext } from './context.ts'
import { sendPage } from './page.ts'
import { wordsOf } from './words.ts'

const dayMs = 86_400_000

/** What is stored about readers and for how long, according to the current settings. */
export function showPrivacy(site: SiteContext): RequestHandler {
  return async (_request, response) => {
    const words = wordsOf(site)
    const { adminEmail, sender, networkAddresses, retention, measure, digests } = site.publication()
    const head = { title: words('site.privacy.title'), description: words('site.privacy.description'), path: paths.privacy }
    await sendPage(site, response, 'privacy', head, {
      contact: adminEmail ?? sender.email,
      network_addresses: networkAddresses,
      unconfirmed: inWords(words, retention.unconfirmedMs),
      deliveries: inWords(words, retention.deliveriesMs),
      webhooks: inWords(words, retention.webhooksMs),
      measures_clicks: measure.clicks,
      measures_opens: measure.opens,
      always_confirms: [...digests.values()].every((digest) => digest.doubleOptIn),
    })
  }
}

/** `30 days`, `12 hours`, `90 minutes`. */
function inWords(words: Words, ms: number): string {
  for (const [key, unitMs] of [
    ['site.privacy.days', dayMs],
    ['site.privacy.hours', 3_600_000],
    ['site.privacy.minutes', 60_000],
  ] as const) {
    const count = ms / unitMs
    if (Number.isInteger(count)) return words(key, { count })
  }
  return words('site.privacy.seconds', { count: Math.round(ms / 1_000) })
}
