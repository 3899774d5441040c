/** Replacements for email addresses, tokens and passwords in the log. */
const address = '‹address›'
const token = '‹token›'
const secret = '‹secret›'

/** Longer texts are cut before the search: an error may quote a whole template or message body. */
const maxCharacters = 10_000

const atext = String.raw`[\p{L}\p{M}\p{N}!#$%&'*+/=?^_\x60{|}~.-]`
const domain = String.raw`(?:\[[^\]\s]{1,64}\]|[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}.-]{0,252}[\p{L}\p{M}\p{N}])?)`
/** A local part may contain slashes, unless it is part of a path. */
const addressPattern = new RegExp(
  `(?:(?<!${atext})[\\p{L}\\p{N}_]${atext}{0,127}(?<!/)|${atext.replace('/', '')}{1,128})(?:@|%40)${domain}`,
  'giu',
)
const quotedAddressPattern = new RegExp(`"[^"\\n]{1,64}"@${domain}`, 'giu')

type Rule = readonly [pattern: RegExp, replacement: string | ((...groups: string[]) => string)]

const rules: readonly Rule[] = [
  // The user and password of a URL. A password may contain any character but white space and quotes; in web addresses, fewer.
  [/\b(?!file:|https?:)([a-z][a-z\d+.-]{1,20}:\/\/)[^\s"'<>]{1,500}@/gi, `$1${secret}@`],
  [/\b(https?:\/\/)[^\s"'<>/?#]{1,500}@/gi, `$1${secret}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${token}`],
  [/([?&][\w-]{0,40}(?:token|secret|pass(?:word)?|key|code|sig(?:nature)?|auth)=)[^\s&"'<>#]+/gi, `$1${secret}`],
  [/\b((?:[\w-]{0,40}[_-])?(?:password|passwd|passphrase|secret|token)["']?(?:=|:\s?(?=["']))["']?)[^\s"'&,;<>]+/gi, `$1${secret}`],
  // Addresses whose last part is a key of a reader or an operator.
  [/(\/(?:confirm|unsubscribe|preferences|login)\/)[^\s/?#"'<>]+/g, `$1${token}`],
  // Reader tokens (43 characters), log-in links and API tokens (32), and other random text. Ids and slugs have only lower-case letters.
  [/[\w-]{32,}/g, (run) => (looksRandom(run) ? token : run)],
  [quotedAddressPattern, address],
  // Searched word by word, because most words have no @ and a search from every letter would be slow.
  [/\S+/g, (word) => (/@|%40/.test(word) ? word.replace(addressPattern, address) : word)],
]

function looksRandom(run: string): boolean {
  const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run)
  return isMixed && (run.length === 32 || run.length === 43 || /\d/.test(run))
}

/** Removes email addresses, tokens and passwords. When in doubt, it removes too much. */
export function redact(text: string): string {
  let redacted = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
  for (const [pattern, replacement] of rules) redacted = redacted.replace(pattern, replacement as string)
  return redacted
}
