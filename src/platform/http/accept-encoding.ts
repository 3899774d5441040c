export type Coding = 'identity' | 'gzip' | 'br'

/** Real clients send a few dozen spellings. The limit stops a hostile client from filling memory. */
const maxRemembered = 200
const remembered = new Map<string, Coding>()

/** The coding for an Accept-Encoding header (RFC 9110 §12.5.3): the highest weight, and the smallest body among equal weights. */
export function chooseCoding(header: string | string[] | undefined): Coding {
  if (!header) return 'identity'
  const text = typeof header === 'string' ? header : header.join(',')
  const known = remembered.get(text)
  if (known) return known
  const coding = choose(text)
  if (remembered.size < maxRemembered && text.length < 200) remembered.set(text, coding)
  return coding
}

function choose(header: string): Coding {
  const weights = new Map<string, number>()
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim())
    if (name) weights.set(name === 'x-gzip' ? 'gzip' : name, weightOf(parameters))
  }
  const weight = (coding: string) => weights.get(coding) ?? weights.get('*')
  // A coding that the header does not name is not acceptable, except identity, unless refused. If all codings are refused, the plain
  // body is more useful to a client than a 406.
  const offers: [Coding, number][] = [
    ['br', weight('br') ?? 0],
    ['gzip', weight('gzip') ?? 0],
  ]
  const plain = weights.get('identity') ?? 0
  let best: [Coding, number] = ['identity', plain]
  for (const offer of offers) if (offer[1] > 0 && (offer[1] > best[1] || (offer[1] === best[1] && best[0] === 'identity'))) best = offer
  return best[0]
}

/** `q` has at most three digits after the point. An invalid `q` counts as a refusal. */
function weightOf(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => parameter.startsWith('q='))
  if (written === undefined) return 1
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(written) ? Number(written.slice(2)) : 0
}
