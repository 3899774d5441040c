import type { RequestHandler } from 'express'
import { paths } from '../../publication/urls.ts'
import type { SiteContext } from './context.ts'
import { sendPage } from './page.ts'

const dayMs = 86_400_000

/** What is stored about readers and for how long, according to the current settings. */
export function showPrivacy(site: SiteContext): RequestHandler {
  return async (_request, response) => {
    const { adminEmail, sender, networkAddresses, retention, measure, digests } = site.publication()
    const head = { title: 'Privacy', description: 'What is stored about readers, and what is not.', path: paths.privacy }
    await sendPage(site, response, 'privacy', head, {
      contact: adminEmail ?? sender.email,
      network_addresses: networkAddresses,
      unconfirmed: inWords(retention.unconfirmedMs),
      deliveries: inWords(retention.deliveriesMs),
      measures_clicks: measure.clicks,
      measures_opens: measure.opens,
      always_confirms: [...digests.values()].every((digest) => digest.doubleOptIn),
    })
  }
}

/** `30 days`, `12 hours`, `90 minutes`. */
function inWords(ms: number): string {
  for (const [unit, unitMs] of [
    ['day', dayMs],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const) {
    const count = ms / unitMs
    if (Number.isInteger(count)) return count === 1 ? `1 ${unit}` : `${count} ${unit}s`
  }
  return `${Math.round(ms / 1_000)} seconds`
}
