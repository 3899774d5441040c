import type { CallToAction, Picture } from '../../articles/article.ts'
import type { EntryContext, EntrySource } from './document.ts'
import { escapeXml } from './xml.ts'

/** The HTML of an entry: hero, body and call to action. */
export function entryHtml(article: EntrySource, context: EntryContext): string {
  const body = article.html()
  const hero = article.hero && !body.includes(escapeXml(article.hero.url)) ? pictureHtml(article.hero) : ''
  return [hero, body, article.callToAction ? calloutHtml(article.callToAction, context) : ''].filter((part) => part !== '').join('\n')
}

/** An RSS description is HTML, so plain text is escaped. */
export function textAsHtml(text: string): string {
  return escapeXml(text)
}

function pictureHtml(hero: Picture): string {
  const size = hero.file?.width && hero.file.height ? ` width="${hero.file.width}" height="${hero.file.height}"` : ''
  return `<p><img src="${escapeXml(hero.url)}" alt="${escapeXml(hero.alt)}"${size} /></p>`
}

/** Feed readers drop classes and styles, but all of them set a blockquote apart. */
function calloutHtml(action: CallToAction, context: EntryContext): string {
  const { text, url } = action
  const sentence = text ? `<p>${escapeXml(text)}</p>` : ''
  return `<blockquote>${sentence}<p><a href="${escapeXml(url)}"><strong>${escapeXml(labelOf(action, context))}</strong></a></p></blockquote>`
}

/** The author's label, else ours. */
export function labelOf({ label, isLabelOurs }: CallToAction, { readOn }: EntryContext): string {
  return isLabelOurs ? readOn() : label
}
