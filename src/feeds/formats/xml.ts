import { escapeMarkup } from '../../platform/html/escape.ts'
import { cleanText } from '../../platform/text.ts'

/** Text as it stands in an XML element or attribute. What XML 1.0 cannot hold (§2.2) is taken out. */
export function escapeXml(text: string): string {
  return escapeMarkup(cleanText(text))
}

/** An element with attributes; those without a value are left out. */
export function emptyElement(name: string, attributes: Readonly<Record<string, string | number | undefined>>): string {
  const written = Object.entries(attributes).map(([key, value]) => (value === undefined ? '' : ` ${key}="${escapeXml(String(value))}"`))
  return `<${name}${written.join('')}/>`
}

/**
 * The package `feed` escapes only the first `]]>` of a field, nothing in attributes, and lets control characters pass.
 * So it sees an insertion mark for each value, never the value: a URL that it leaves as it is, in an element as in an
 * attribute. The values are put in afterwards, all escaped in this one place.
 */
export class Insertions {
  readonly #values: string[] = []

  /** A mark for text. */
  text(value: string): string {
    return this.#add(escapeXml(value))
  }

  /** A mark for XML that `feed` cannot build. */
  xml(value: string): string {
    return this.#add(value)
  }

  /** `xml` with its marks filled. A CDATA section around a mark goes, because the value is escaped already. */
  fill(xml: string): string {
    return xml.replace(
      /<!\[CDATA\[mark:(\d+);\]\]>|mark:(\d+);/g,
      (_, inSection, outside) => this.#values[Number(inSection ?? outside)] ?? '',
    )
  }

  #add(value: string): string {
    return `mark:${this.#values.push(value) - 1};`
  }
}
