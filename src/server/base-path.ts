import { basePath, feedFormats, feedPath, paths, patterns } from '../publication/urls.ts'

/** First segments of our own paths, such as `articles` and `feed.xml`. */
const ownSegments = new Set(
  [
    ...Object.values(patterns),
    ...Object.values(paths).filter((path) => typeof path === 'string'),
    ...feedFormats.flatMap((format) =>
      ['', '2026-01'].map((part) => feedPath({ format, scope: { kind: 'all' }, archive: part || undefined })),
    ),
  ].map(firstSegment),
)

/**
 * Removes the path of the public URL from request targets, for proxies that pass it on. Targets without it stay as they are, for proxies
 * that remove it. So both kinds of proxy work without a setting.
 */
export function baseRemover(publicUrl: () => string): (target: string) => string {
  let url: string | undefined
  let base = ''
  let isAmbiguous = false
  return (target) => {
    const current = publicUrl()
    if (current !== url) {
      url = current
      base = basePath({ url })
      isAmbiguous = ownSegments.has(firstSegment(base))
    }
    if (base === '' || !target.startsWith(base)) return target
    const rest = target.slice(base.length)
    if (rest !== '' && rest[0] !== '/' && rest[0] !== '?') return target
    const removed = rest[0] === '/' ? rest : `/${rest}`
    // Below https://example.org/articles, /articles/tide may come from either kind of proxy.
    return isAmbiguous && !ownSegments.has(firstSegment(removed)) ? target : removed
  }
}

function firstSegment(path: string): string {
  return /^\/?([^/?#]*)/.exec(path)?.[1] ?? ''
}
