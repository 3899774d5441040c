import { statSync } from 'node:fs'
import { readHtml } from '../platform/html/read.ts'
import { type Messages, messageFilesIn, openMessages, type Words, wordsIn } from '../platform/messages.ts'
import { templateFolders } from '../platform/template-folders.ts'
import { isColour, legibleOn } from '../publication/colours.ts'
import { runsRightToLeft, scriptOf } from '../publication/text-direction.ts'
import type { Body } from './body.ts'
import type { ArticleValues, BodyValues, DigestValues, Email, EmailRequest, NoteValues, PublicationValues, SingleValues } from './email.ts'
import { makeHtml } from './mjml.ts'
import { makeLine, makeText } from './plain-text.ts'
import { fillTemplate } from './templates.ts'
import { cleanText, cleanValues } from './values.ts'

/**
 * Renders an email: Liquid, then MJML, then plain text. The subject comes from `<mj-title>`, else it is the publication's title.
 * Throws a TemplateError for a fault in a template.
 */
export async function renderEmail(templatesFolder: string, request: EmailRequest): Promise<Email> {
  const { publication } = request.values
  const language = cleanText(request.language ?? publication.language)
  const messages = currentMessages(templatesFolder)
  const values = {
    ...(await templateValues(request, wordsIn(messages, language))),
    language,
    look: { ...directionOf(language), ...typeOf(language), on_accent: legibleOnAccent(publication) },
  }
  const html = await makeHtml(fillTemplate(templatesFolder, request.template, values, messages))
  return { subject: makeLine(titleOf(html)) || cleanText(publication.title), html, text: makeText(html) }
}

let opened: { readonly state: string; readonly messages: Messages } | undefined

/** The messages for an email. The next email sees changed files, as it sees changed templates; else messages stay parsed. */
function currentMessages(templatesFolder: string): Messages {
  const folders = templateFolders(templatesFolder).toReversed()
  const files = folders.flatMap(messageFilesIn).map((file) => {
    const { mtimeMs, size } = statSync(file)
    return [file, mtimeMs, size]
  })
  const state = JSON.stringify([folders, files])
  // No value of a mail is a date, so that the time zone does not matter.
  if (opened?.state !== state) opened = { state, messages: openMessages(folders, () => 'UTC') }
  return opened.messages
}

/** The HTML in `<title>`. It may contain tags, which `makeLine` removes. */
function titleOf(html: string): string {
  const parts = readHtml(html)
  const at = parts.findIndex((part) => part.kind === 'open' && part.tag === 'title')
  const closing = parts.find((part, index) => index > at && part.kind === 'close' && part.tag === 'title')
  return at < 0 ? '' : html.slice(parts[at]?.end, closing?.start)
}

/** The cleaned values, with a text direction for each article and a body that mail programs can show. */
async function templateValues(request: EmailRequest, words: Words): Promise<object> {
  const values = cleanValues(request)
  if (request.template !== 'digest' && request.template !== 'article') return values
  const { note } = values as DigestValues | SingleValues
  if (request.template === 'article') {
    const { article, body } = values as SingleValues
    return {
      ...values,
      note: await withNote(note, words),
      article: withDirection(withLabel(article, words)),
      prose: await asProse(body, words),
    }
  }
  const { articles, more, layout = 'cards' } = values as DigestValues
  const cards = articles.map(async (card) => ({ ...withDirection(withLabel(card, words)), prose: await asProse(card.body, words) }))
  return { ...values, layout, note: await withNote(note, words), articles: await Promise.all(cards), more: more.map(withDirection) }
}

async function withNote(note: NoteValues | null | undefined, words: Words) {
  if (!note) return null
  return { ...withDirection(withLabel(note, words)), above: await asProse(note.above, words), below: await asProse(note.below, words) }
}

/** Imported on demand: most emails contain no whole text. */
async function asProse(body: BodyValues | null | undefined, words: Words): Promise<Body | null> {
  return body ? (await import('./body.ts')).bodyForMail(body, words) : null
}

function withLabel<Values extends Pick<ArticleValues, 'call_to_action'>>(article: Values, words: Words): Values {
  const action = article.call_to_action
  return action?.label === '' ? { ...article, call_to_action: { ...action, label: words('email.read_on') } } : article
}

function withDirection<Values extends { readonly language: string }>(values: Values) {
  return { ...values, ...directionOf(values.language), ...typeOf(values.language) }
}

/** The text colour on the accent, in each colour scheme. */
function legibleOnAccent({ accent }: PublicationValues): { light: string; dark: string } {
  for (const colour of [accent.light, accent.dark]) {
    if (!isColour(colour)) throw new Error(`The accent "${colour}" is not a colour like #8a1c1c.`)
  }
  return { light: legibleOn(accent.light), dark: legibleOn(accent.dark) }
}

/** The text direction of a language, and the sides where a line starts and ends. */
function directionOf(language: string): { direction: string; start: string; end: string } {
  return runsRightToLeft(language) ? { direction: 'rtl', start: 'right', end: 'left' } : { direction: 'ltr', start: 'left', end: 'right' }
}

/** Scripts with italics of their own. In others, programs only slant the upright letters. */
const scriptsWithItalics = ['Latn', 'Cyrl', 'Grek', 'Armn']

/** What the script of a language asks of the type: `slant` for `font-style`, and declarations for line breaks. */
function typeOf(language: string): { slant: 'italic' | 'normal'; line_breaks: string } {
  const script = scriptOf(language)
  // Korean breaks between words, Chinese and Japanese anywhere except beside punctuation.
  const lineBreaks = script === 'Kore' ? 'word-break:keep-all;' : /^(?:Jpan|Han[ist])/.test(script) ? 'line-break:strict;' : ''
  return { slant: scriptsWithItalics.includes(script) ? 'italic' : 'normal', line_breaks: lineBreaks }
}
