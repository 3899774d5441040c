import { isColour, legibleOn } from './colours.ts'
import type { Letter, LetterOrder, PublicationValues } from './letter.ts'
import { makeHtml } from './markup.ts'
import { makeLine, makeText } from './plain-text.ts'
import { fillTemplate } from './templates.ts'
import { cleanText, cleanValues } from './values.ts'

/**
 * Makes the letter of `order`: Liquid, then MJML, then text. The subject is what the template says in `<mj-title>`,
 * else the publication's title.
 * Throws a TemplateError where the template is at fault.
 */
export async function printLetter(templatesFolder: string, order: LetterOrder): Promise<Letter> {
  const values = { ...cleanValues(order), look: lookOf(order.values.publication) }
  const html = await makeHtml(fillTemplate(templatesFolder, order.template, values))
  const title = /<title>([\s\S]*?)<\/title>/.exec(html)?.[1] ?? ''
  return { subject: makeLine(title) || cleanText(order.values.publication.title), html, text: makeText(html) }
}

/** What a template needs to know beside the values it is given, to set them well. */
function lookOf({ accent, language }: PublicationValues): object {
  for (const colour of [accent.light, accent.dark]) {
    if (!isColour(colour)) throw new Error(`The accent "${colour}" is not a colour like #8a1c1c.`)
  }
  const isRightToLeft = runsRightToLeft(language)
  return {
    direction: isRightToLeft ? 'rtl' : 'ltr',
    start: isRightToLeft ? 'right' : 'left',
    on_accent: { light: legibleOn(accent.light), dark: legibleOn(accent.dark) },
  }
}

function runsRightToLeft(language: string): boolean {
  try {
    const { script = '' } = new Intl.Locale(language).maximize()
    return ['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg'].includes(script)
  } catch {
    return false
  }
}
