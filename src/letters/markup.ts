import mjml2html from 'mjml'
import { type Filled, TemplateError } from './templates.ts'

/** Turns filled MJML into the HTML of a message, squeezed. Throws a TemplateError for the first tag or attribute that MJML does not know. */
export async function makeHtml({ mjml, origin }: Filled): Promise<string> {
  const { html, errors } = await mjml2html(mjml, {
    validationLevel: 'soft',
    ignoreIncludes: true,
    keepComments: false,
    // Without this MJML links Google's.
    fonts: {},
  }).catch((error: Error) => {
    throw new TemplateError(`${origin(1)}: ${error.message}`, { cause: error })
  })
  const [first] = errors
  if (first) throw new TemplateError(`${origin(first.line)}: <${first.tagName}>: ${first.message}`)
  return squeeze(html)
}

const pieces = /<!--[\s\S]*?-->|<(style|pre)\b[\s\S]*?<\/\1\s*>|<(?:"[^"]*"|'[^']*'|[^'">])*>|[^<]+/g

/** Takes out white space that shows nowhere; MJML's own output is a third of it. What stands in a quoted attribute stays. */
function squeeze(html: string): string {
  return html
    .replace(pieces, (piece) => {
      if (piece.startsWith('<pre')) return piece
      if (piece.startsWith('<!--') || piece.startsWith('<style')) return piece.replace(/\s+/g, ' ').replace(/ ?([{}<>;,]) ?/g, '$1')
      if (piece.startsWith('<'))
        return piece.replace(/("[^"]*"|'[^']*')|\s+/g, (_run, quoted?: string) => quoted ?? ' ').replace(/ (\/?>)$/, '$1')
      return piece.replace(/[ \t\r\n\f]+/g, (run) => (run.includes('\n') ? '\n' : ' '))
    })
    .trim()
}
