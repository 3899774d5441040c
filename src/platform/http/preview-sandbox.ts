import { insertInto } from '../html/read.ts'

/** Links may open, each in a window of its own that is free of the sandbox; nothing else of the message may act. */
export const messageSandbox = 'allow-popups allow-popups-to-escape-sandbox'

/**
 * A message as its reader's program would show it, and less: no scripts, no forms, no frames, no origin. The iframe
 * has the same sandbox; this policy holds where the address is opened by itself. Without `pictures` none is fetched.
 */
export function messagePolicy({ pictures = true } = {}): string {
  const sources = pictures ? 'http: https: data:' : "'none'"
  return `sandbox ${messageSandbox}; default-src 'none'; img-src ${sources}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`
}

/** The first `base` with a target is the one that counts (HTML §4.2.3): ours. */
export function withBlankTarget(html: string): string {
  const base = '<base target="_blank">'
  return insertInto(html, 'head', base) ?? base + html
}

/** The message as a reader with that colour scheme sees it, whatever the scheme of the one who looks. */
export function inScheme(html: string, scheme: 'light' | 'dark'): string {
  return html.replace(/@media\s*\(prefers-color-scheme:\s*dark\)/g, scheme === 'dark' ? '@media all' : '@media not all')
}
