/** The value of a field or of a list item that opens a quote or a bracket. */
const opening = /^([ \t]*)(?:- +)*(?:(?:[\w][^:#"'\n]{0,100}|"[^"\n]{0,100}"|'[^'\n]{0,100}'):[ \t]+)?(?=["'[{])/
const blockScalar = /:[ \t]+[|>][-+\d]{0,2}[ \t]*(?:#.*)?$/

/**
 * Indents the lines on which a quoted text or a bracketed list goes on. YAML asks for an indentation there; js-yaml,
 * PyYAML and Psych do not. Lines keep their numbers.
 */
export function indentContinuations(block: string): string {
  const lines = block.split('\n')
  let open: Open | undefined
  let indent = ''
  let scalarIndent: number | undefined
  for (const [index, line] of lines.entries()) {
    if (open) {
      lines[index] = `${indent}  ${line}`
      open = scan(line, open)
      continue
    }
    const depth = line.length - line.trimStart().length
    if (scalarIndent !== undefined && (line.trim() === '' || depth > scalarIndent)) continue
    scalarIndent = blockScalar.test(line) ? depth : undefined
    const found = scalarIndent === undefined ? opening.exec(line) : null
    if (!found) continue
    indent = found[1] ?? ''
    open = scan(line.slice(found[0].length), { quote: '', depth: 0 })
  }
  return lines.join('\n')
}

interface Open {
  /** The quote that is open, else empty. */
  readonly quote: string
  /** How many brackets are open. */
  readonly depth: number
}

/** What is still open after `text`. */
function scan(text: string, { quote, depth }: Open): Open | undefined {
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (quote !== '') {
      if (sign === '\\' && quote === '"') at++
      else if (sign === quote && quote === "'" && text[at + 1] === "'") at++
      else if (sign === quote) quote = ''
    } else if (sign === '#' && /[ \t]/.test(text[at - 1] ?? ' ')) break
    else if (sign === '"' || sign === "'") {
      // Inside a bare word these are plain characters.
      if (/^$|[\s,[{:]/.test(text[at - 1] ?? '')) quote = sign
    } else if (sign === '[' || sign === '{') depth++
    else if (sign === ']' || sign === '}') depth--
    if (quote === '' && depth <= 0) return undefined
  }
  return quote === '' && depth <= 0 ? undefined : { quote, depth }
}
