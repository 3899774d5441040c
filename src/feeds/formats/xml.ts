import { escapeMarkup } from '../../platform/html/escape.ts'
import { cleanText } from '../../platform/text.ts'

/** Escapes text for an XML element or attribute. Removes characters that XML 1.0 forbids (§2.2). */
export function escapeXml(text: string): string {
  return escapeMarkup(cleanText(text))
}

/** An empty element. Undefined attributes are omitted. */
export function emptyElement(name: string, attributes: Readonly<Record<string, string | number | undefined>>): string {
  const written = Object.entries(attributes).map(([key, value]) => (value === undefined ? '' : ` ${key}="${escapeXml(String(value))}"`))
  return `<${name}${written.join('')}/>`
}

/**
 * The package `feed` escapes only the first `]]>` of a field, escapes nothing in attributes, and lets control characters pass.
 * So it gets a marker instead of each value: a URL, which it writes unchanged in elements and attributes. `fill` then inserts
 * the escaped values.
 */
export class Insertions {
  readonly #values: string[] = []

  /** Returns a marker for text. */
  text(value: string): string {
    return this.#add(escapeXml(value))
  }

  /** Returns a marker for XML that `feed` cannot build. */
  xml(value: string): string {
    return this.#add(value)
  }

  /** Replaces the markers in `xml`. Removes CDATA sections around them, because the values are already escaped. */
  fill(xml: string): string {
    return xml.replace(
      /<!\[CDATA\[insertion:(\d+);\]\]>|insertion:(\d+);/g,
      (_, inSection, outside) => this.#values[Number(inSection ?? outside)] ?? '',
    )
  }

  #add(value: string): string {
    return `insertion:${this.#values.push(value) - 1};`
  }
}
