import { readHtml } from '../platform/html/read.ts'
import { isColour, legibleOn } from '../publication/colours.ts'
import type { DigestValues, Email, EmailRequest, PublicationValues, SingleValues } from './email.ts'
import { makeHtml } from './mjml.ts'
import { makeLine, makeText } from './plain-text.ts'
import { fillTemplate } from './templates.ts'
import { cleanText, cleanValues } from './values.ts'

/**
 * Renders the mail of `request`: Liquid, then MJML, then text. The subject is what the template says in `<mj-title>`,
 * else the publication's title.
 * Throws a TemplateError where the template is at fault.
 */
export async function renderEmail(templatesFolder: string, request: EmailRequest): Promise<Email> {
  const values = { ...(await templateValues(request)), look: lookOf(request.values.publication) }
  const html = await makeHtml(fillTemplate(templatesFolder, request.template, values))
  return { subject: makeLine(titleOf(html)) || cleanText(request.values.publication.title), html, text: makeText(html) }
}

/** The HTML in `<title>`: a template may set marks in it, which `makeLine` takes out. */
function titleOf(html: string): string {
  const parts = readHtml(html)
  const at = parts.findIndex((part) => part.kind === 'open' && part.tag === 'title')
  const closing = parts.find((part, index) => index > at && part.kind === 'close' && part.tag === 'title')
  return at < 0 ? '' : html.slice(parts[at]?.end, closing?.start)
}

/** What the template of `order` sees of its values: each article knows which way its text runs, and a text is fit for mail. */
async function templateValues(request: EmailRequest): Promise<object> {
  const values = cleanValues(request)
  if (request.template === 'digest') {
    const { articles, more } = values as DigestValues
    return { ...values, articles: articles.map(withDirection), more: more.map(withDirection) }
  }
  if (request.template === 'article') {
    const { article, body } = values as SingleValues
    // Loaded on demand: most mails show no whole article.
    const { bodyForMail } = await import('./body.ts')
    return { ...values, article: withDirection(article), prose: bodyForMail(body) }
  }
  return values
}

function withDirection<Told extends { readonly language: string }>(told: Told) {
  return { ...told, ...directionOf(told.language) }
}

/** What a template needs to know beside the values it is given, to set them well. */
function lookOf({ accent, language }: PublicationValues): object {
  for (const colour of [accent.light, accent.dark]) {
    if (!isColour(colour)) throw new Error(`The accent "${colour}" is not a colour like #8a1c1c.`)
  }
  return {
    ...directionOf(language),
    on_accent: { light: legibleOn(accent.light), dark: legibleOn(accent.dark) },
  }
}

/** Which way text of a language runs, and the sides on which it begins and ends. */
function directionOf(language: string): { direction: string; start: string; end: string } {
  return runsRightToLeft(language) ? { direction: 'rtl', start: 'right', end: 'left' } : { direction: 'ltr', start: 'left', end: 'right' }
}

function runsRightToLeft(language: string): boolean {
  try {
    const { script = '' } = new Intl.Locale(language).maximize()
    return ['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg'].includes(script)
  } catch {
    return false
  }
}
