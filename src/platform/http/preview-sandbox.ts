import { insertInto } from '../html/read.ts'

/** Links may open in a new window without the sandbox. The message may do nothing else. */
export const messageSandbox = 'allow-popups allow-popups-to-escape-sandbox'

/**
 * Content-Security-Policy for a message: no scripts, forms, frames or origin, as in mail programs. The iframe has the same sandbox;
 * this policy applies when the address is opened directly. Without `pictures`, none is fetched.
 */
export function messagePolicy({ pictures = true } = {}): string {
  const sources = pictures ? 'http: https: data:' : "'none'"
  return `sandbox ${messageSandbox}; default-src 'none'; img-src ${sources}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`
}

/** The first `base` with a target applies (HTML §4.2.3), so ours is inserted first. */
export function withBlankTarget(html: string): string {
  const base = '<base target="_blank">'
  return insertInto(html, 'head', base) ?? base + html
}

/** Shows the message in the given colour scheme, whatever the scheme of the viewer. */
export function inScheme(html: string, scheme: 'light' | 'dark'): string {
  return html.replace(/@media\s*\(prefers-color-scheme:\s*dark\)/g, scheme === 'dark' ? '@media all' : '@media not all')
}
