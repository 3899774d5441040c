import mjml2html from 'mjml'
import { type Edit, editHtml, type OpenTag, type Range, readHtml } from '../platform/html/read.ts'
import { type Filled, TemplateError } from './templates.ts'

/** Converts MJML to minified HTML. Throws a TemplateError for the first tag or attribute that MJML does not know. */
export async function makeHtml({ mjml, origin }: Filled): Promise<string> {
  const { html, errors } = await mjml2html(mjml, {
    validationLevel: 'soft',
    ignoreIncludes: true,
    keepComments: false,
    // By default MJML links Google Fonts.
    fonts: {},
  }).catch((error: Error) => {
    throw new TemplateError(`${origin(1)}: ${error.message}`, { cause: error })
  })
  const [first] = errors
  if (first) throw new TemplateError(`${origin(first.line)}: <${first.tagName}>: ${first.message}`)
  return squeeze(html)
}

/** Removes white space that is not visible: a third of MJML's output. Quoted attributes are unchanged. */
function squeeze(html: string): string {
  const edits: Edit[] = []
  const replace = ({ start, end }: Range, squeezed: (source: string) => string) =>
    edits.push({ start, end, text: squeezed(html.slice(start, end)) })
  /** The `pre` or `style` element whose content is being skipped. */
  let whole: OpenTag | undefined
  for (const part of readHtml(html)) {
    if (whole) {
      if (part.kind !== 'close' || part.tag !== whole.tag) continue
      if (part.tag === 'style') replace({ start: whole.start, end: part.end }, squeezeStyle)
      whole = undefined
    } else if (part.kind === 'open' && (part.tag === 'pre' || part.tag === 'style')) whole = part
    else if (part.kind === 'text') replace(part, squeezeText)
    else if (part.kind === 'comment') replace(part, squeezeStyle)
    else if (part.kind !== 'raw') replace(part, squeezeTag)
  }
  return editHtml(html, edits).trim()
}

function squeezeText(text: string): string {
  return text.replace(/[ \t\r\n\f]+/g, (run) => (run.includes('\n') ? '\n' : ' '))
}

/** For style sheets, and for conditional comments with styles and tags for Outlook. */
function squeezeStyle(styles: string): string {
  return styles.replace(/\s+/g, ' ').replace(/ ?([{}<>;,]) ?/g, '$1')
}

function squeezeTag(tag: string): string {
  return tag.replace(/("[^"]*"|'[^']*')|\s+/g, (_run, quoted?: string) => quoted ?? ' ').replace(/ (\/?>)$/, '$1')
}
