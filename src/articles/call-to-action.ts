import type { CallToAction } from './article.ts'
import { absoluteUrl, isAbsolute } from './links/resolve-link.ts'

/** A `cta` of at most this many characters is the button's label. */
const maxLabelLength = 32
export const defaultLabel = 'Read on'

export interface WrittenCallToAction {
  readonly cta: string | undefined
  readonly label: string | undefined
  readonly url: string | undefined
}

/** Builds the call to action, undefined if none is written. `badUrl`: `url` is unusable, so the button links to the article. */
export function makeCallToAction(
  written: WrittenCallToAction,
  articleUrl: string,
  publicationUrl: string,
): { readonly callToAction: CallToAction | undefined; readonly badUrl: boolean } {
  const { cta, label } = written
  const target = written.url ? resolveTarget(written.url, articleUrl, publicationUrl) : articleUrl
  const badUrl = target === undefined
  if (!cta && !label) return { callToAction: undefined, badUrl }
  const url = target ?? articleUrl
  if (cta && !label && [...cta].length <= maxLabelLength) return { callToAction: { text: undefined, label: cta, url }, badUrl }
  return { callToAction: label ? { text: cta, label, url } : { text: cta, label: defaultLabel, url, isLabelOurs: true }, badUrl }
}

const schemes = new Set(['http:', 'https:', 'mailto:'])

function resolveTarget(address: string, articleUrl: string, publicationUrl: string): string | undefined {
  if (isAbsolute(address)) return absoluteUrl(address, schemes)
  if (address.startsWith('/')) return absoluteUrl(`${publicationUrl}${address}`)
  return URL.canParse(address, articleUrl) ? absoluteUrl(new URL(address, articleUrl).href) : undefined
}
