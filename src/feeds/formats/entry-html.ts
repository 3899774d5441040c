import type { CallToAction, Picture } from '../../articles/article.ts'
import type { EntrySource } from './document.ts'
import { escapeXml } from './xml.ts'

/** The HTML of an entry: hero, body and call to action. */
export function entryHtml(article: EntrySource): string {
  const body = article.html()
  const hero = article.hero && !body.includes(escapeXml(article.hero.url)) ? pictureHtml(article.hero) : ''
  return [hero, body, article.callToAction ? calloutHtml(article.callToAction) : ''].filter((part) => part !== '').join('\n')
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
function calloutHtml({ text, label, url }: CallToAction): string {
  const sentence = text ? `<p>${escapeXml(text)}</p>` : ''
  return `<blockquote>${sentence}<p><a href="${escapeXml(url)}"><strong>${escapeXml(label)}</strong></a></p></blockquote>`
}
