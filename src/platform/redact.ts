/** What stands in the log for an email address, a token and a password. */
const address = '‹address›'
const token = '‹token›'
const secret = '‹secret›'

/** Longer texts are cut before they are searched: no message of ours is so long, and a template or a body may be quoted in one. */
const maxCharacters = 10_000

const atext = String.raw`[\p{L}\p{M}\p{N}!#$%&'*+/=?^_\x60{|}~.-]`
const domain = String.raw`(?:\[[^\]\s]{1,64}\]|[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}.-]{0,252}[\p{L}\p{M}\p{N}])?)`
/** A local part may contain slashes where no path leads up to it; one within a path may not. */
const addressPattern = new RegExp(
  `(?:(?<!${atext})[\\p{L}\\p{N}_]${atext}{0,127}(?<!/)|${atext.replace('/', '')}{1,128})(?:@|%40)${domain}`,
  'giu',
)
const quotedAddressPattern = new RegExp(`"[^"\\n]{1,64}"@${domain}`, 'giu')

type Rule = readonly [pattern: RegExp, put: string | ((...groups: string[]) => string)]

const rules: readonly Rule[] = [
  // The user and password of a URL. A password may have any sign but white space and quotation marks, save in web addresses.
  [/\b(?!file:|https?:)([a-z][a-z\d+.-]{1,20}:\/\/)[^\s"'<>]{1,500}@/gi, `$1${secret}@`],
  [/\b(https?:\/\/)[^\s"'<>/?#]{1,500}@/gi, `$1${secret}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${token}`],
  [/([?&][\w-]{0,40}(?:token|secret|pass(?:word)?|key|code|sig(?:nature)?|auth)=)[^\s&"'<>#]+/gi, `$1${secret}`],
  [/\b((?:[\w-]{0,40}[_-])?(?:password|passwd|passphrase|secret|token)["']?(?:=|:\s?(?=["']))["']?)[^\s"'&,;<>]+/gi, `$1${secret}`],
  // The addresses whose last part is a reader's or an operator's key, whatever form that has.
  [/(\/(?:confirm|unsubscribe|preferences|login)\/)[^\s/?#"'<>]+/g, `$1${token}`],
  // A reader's token (43 signs), a log-in link's or an API token (32), and what else looks random. Ids and slugs have small letters only.
  [/[\w-]{32,}/g, (run) => (looksRandom(run) ? token : run)],
  [quotedAddressPattern, address],
  // Searched word by word: most have no such sign, and a search from every letter would be slow.
  [/\S+/g, (word) => (/@|%40/.test(word) ? word.replace(addressPattern, address) : word)],
]

function looksRandom(run: string): boolean {
  const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run)
  return isMixed && (run.length === 32 || run.length === 43 || /\d/.test(run))
}

/** `text` without email addresses, tokens and passwords. It takes out rather too much than too little. */
export function redact(text: string): string {
  let redacted = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
  for (const [pattern, put] of rules) redacted = redacted.replace(pattern, put as string)
  return redacted
}
