/** In characters: how far into a body the export may begin, and how much is read from there. */
const searchLength = 8_000
const maxLength = 16_000
const maxDepth = 4

const opening = /^export\s+const\s+(?:meta|metadata|frontmatter|post|article)\s*(?::\s*[\w.<>]+\s*)?=\s*\{/im

/**
 * The fields of `export const meta = { title: '…' }`, which MDX may use instead of front matter. The code is parsed and
 * never run. Skips expressions that are not literals, but reads the text in a call such as `require('./a.png')`.
 */
export function readExportedFields(body: string): Readonly<Record<string, unknown>> {
  const found = opening.exec(body.slice(0, searchLength))
  if (!found) return {}
  const reader = new LiteralReader(body.slice(found.index + found[0].length - 1, found.index + maxLength))
  const value = reader.value(0)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

class LiteralReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Reads a literal. Returns `undefined` for any other expression and leaves the position inside it. */
  value(depth: number): unknown {
    this.#skipBlank()
    const sign = this.#text[this.#at]
    if (sign === '"' || sign === "'" || sign === '`') return this.#string(sign)
    if (sign === '{' && depth < maxDepth) return this.#object(depth)
    if (sign === '[' && depth < maxDepth) return this.#array(depth)
    return this.#other()
  }

  #object(depth: number): Record<string, unknown> {
    const fields: Record<string, unknown> = Object.create(null)
    this.#at++
    for (;;) {
      this.#skipBlank()
      const sign = this.#text[this.#at]
      if (sign === undefined || sign === '}') {
        this.#at++
        return fields
      }
      const name = sign === '"' || sign === "'" ? this.#string(sign) : this.#match(/[\w$]+/y)
      this.#skipBlank()
      if (name && this.#text[this.#at] === ':') {
        this.#at++
        const value = this.value(depth + 1)
        if (value !== undefined) fields[name] = value
      }
      this.#toComma('}')
    }
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#at++
    for (;;) {
      this.#skipBlank()
      const sign = this.#text[this.#at]
      if (sign === undefined || sign === ']') {
        this.#at++
        return items
      }
      const value = this.value(depth + 1)
      if (value !== undefined) items.push(value)
      this.#toComma(']')
    }
  }

  #string(quote: string): string {
    let text = ''
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const sign = this.#text[this.#at]
      if (sign === quote) {
        this.#at++
        break
      }
      if (sign === '\\') {
        this.#at++
        const escaped = this.#text[this.#at] ?? ''
        text += escaped === 'n' ? '\n' : escaped === '\n' ? '' : escaped
      } else text += sign
    }
    return text
  }

  #other(): unknown {
    const word = this.#match(/[\w$.+-]+/y) ?? ''
    if (/^-?\d+(?:\.\d+)?$/.test(word)) return word
    if (word === 'true' || word === 'false') return word === 'true'
    this.#skipBlank()
    if (this.#text[this.#at] !== '(') return undefined
    this.#at++
    this.#skipBlank()
    const quote = this.#text[this.#at]
    return quote === '"' || quote === "'" || quote === '`' ? this.#string(quote) : undefined
  }

  /** Skips the rest of an expression and the comma after it, or stops at `close`. */
  #toComma(close: string): void {
    let depth = 0
    while (this.#at < this.#text.length) {
      const sign = this.#text[this.#at] ?? ''
      if (sign === '"' || sign === "'" || sign === '`') {
        this.#string(sign)
        continue
      }
      if (depth === 0 && sign === close) return
      if ('([{'.includes(sign)) depth++
      else if (')]}'.includes(sign)) depth--
      this.#at++
      if (depth === 0 && sign === ',') return
    }
  }

  #skipBlank(): void {
    this.#match(/(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at += found[0].length
    return found?.[0]
  }
}
