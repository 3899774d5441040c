import { createRequire } from 'node:module'
import type { decodeHTMLStrict } from 'entities/decode'

/** Loaded on first use: most titles and opening paragraphs contain no entity, and loading it would slow every start. */
let decode: typeof decodeHTMLStrict | undefined

/** Decodes entities (HTML §13.5). Text without the semicolon stays as it is: `R&D`, `?a=1&copy=2`. */
export function decodeEntities(text: string): string {
  if (!/&[#\w]+;/.test(text)) return text
  decode ??= (createRequire(import.meta.url)('entities/decode') as { decodeHTMLStrict: typeof decodeHTMLStrict }).decodeHTMLStrict
  return decode(text)
}
