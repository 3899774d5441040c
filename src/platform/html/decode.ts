import { createRequire } from 'node:module'
import type { decodeHTMLStrict } from 'entities/decode'

/** Loaded with the first entity: most titles and opening paragraphs hold none, and each start would pay for it. */
let decode: typeof decodeHTMLStrict | undefined

/** Text with its entities decoded (HTML §13.5). One without its semicolon stays: `R&D`, `?a=1&copy=2`. */
export function decodeEntities(text: string): string {
  if (!/&[#\w]+;/.test(text)) return text
  decode ??= (createRequire(import.meta.url)('entities/decode') as { decodeHTMLStrict: typeof decodeHTMLStrict }).decodeHTMLStrict
  return decode(text)
}
