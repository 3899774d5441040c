import type { RequestHandler } from 'express'
import { longDate } from '../../publication/format-date.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type GrowthPart, growthOf } from '../../subscribers/growth/growth.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { growthChart, growthHeight, growthWidth } from './growth-chart.ts'
import { textOf } from './readers.ts'
import { sourceName } from './source-name.ts'

/** How many days or weeks a chart shows. */
const shown = { day: 30, week: 26 } as const

/** Who joined and left, per day or week, by digest and by sign-up source. */
export function showGrowth(desk: DeskContext): RequestHandler {
  return async (request, response) => {
    const publication = desk.publication()
    const per = textOf(request, 'per') === 'week' ? 'week' : 'day'
    const digest = textOf(request, 'digest')
    const source = textOf(request, 'source')
    const growth = await growthOf(desk.subscribers, {
      per,
      count: shown[per],
      ...(digest === '' ? {} : { digest }),
      ...(source === '' ? {} : { source }),
    })
    const path = localPath(publication, paths.adminReaderGrowth)
    const linkTo = (change: Record<string, string>) => `${path}?${new URLSearchParams({ per, digest, source, ...change })}`
    const inUtc = { language: publication.language, timezone: 'UTC' }
    const chart = growthChart(growth.periods)
    const part = (name: 'digest' | 'source') => (one: GrowthPart) => ({
      ...one,
      title: name === 'digest' ? (publication.digests.get(one.name)?.title ?? one.name) : sourceName(desk, one.name),
      href: linkTo({ [name]: one.name }),
    })
    const restricted = [digest === '' ? '' : (publication.digests.get(digest)?.title ?? digest), sourceName(desk, source)]
      .filter(Boolean)
      .join(', ')
    await sendDeskPage(
      desk,
      response,
      'reader-growth',
      { title: words(desk, 'readers.growth'), place: 'readers' },
      {
        per,
        count: shown[per],
        sums: { joined: growth.joined, left: growth.left, net: growth.net },
        restricted: restricted === '' ? null : restricted,
        chart: chart ? { ...chart, width: growthWidth, height: growthHeight } : null,
        periods: growth.periods.toReversed().map((one) => ({ ...one, from: longDate(inUtc, new Date(`${one.from}T12:00:00Z`)) })),
        by_digest: growth.byDigest.map(part('digest')),
        by_source: growth.bySource.map(part('source')),
        href: {
          readers: localPath(publication, paths.adminReaders),
          day: linkTo({ per: 'day' }),
          week: linkTo({ per: 'week' }),
          all: linkTo({ digest: '', source: '' }),
        },
      },
    )
  }
}
