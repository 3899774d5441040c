import type { HidingKind } from '../article.ts'
import { byKey, flagOf, isMap, keyOf, textOf } from './fields.ts'

/** What one field says: the article is hidden, is not for search engines, or is not for feeds. */
export type Saying = HidingKind | 'noindex' | 'no feed'

type Rule = (value: unknown) => Saying | undefined

/** The rules of documented fields of blog generators, by key. Each value is as hostile as the file. */
export const rules: ReadonlyMap<string, Rule> = new Map([
  ...each('publish, published, is published, dg publish', when(isOff, 'draft')),
  ...each('save as draft, ignore post', when(isOn, 'draft')),
  // `headless` and `render` (Hugo), `permalink` (Eleventy) and `routable` (Grav): no page is made at all.
  ...each('private, is private, headless', when(isOn, 'private')),
  ...each('public, is public, routable, permalink, url', when(isOff, 'private')),
  ...each('password, passwd, passphrase, post password, page password, enc pwd', when(isSecret, 'protected')),
  ...each(
    'encrypted, is encrypted, encrypt, protected, is protected, protect, password protected, login required, requires login, requires auth, auth required',
    when(isOn, 'protected'),
  ),
  ...each(
    'paid, is paid, paid only, paywall, paywalled, premium, is premium, members only, member only, subscribers only, subscriber only, patrons only',
    when(isOn, 'protected'),
  ),
  ...each(
    'locked, is locked, members',
    when((value) => flagOf(value) === true, 'protected'),
  ),
  ...each(
    'hidden, is hidden, unlisted, is unlisted, delisted, is delisted, hide in list, hidden in list, hide from list, hide from lists, eleventy exclude from collections, exclude from collections',
    when(isOn, 'unlisted'),
  ),
  ...each(
    'hide',
    when((value) => flagOf(value) === true, 'unlisted'),
  ),
  ...each('listed, is listed, visible, is visible, discoverable, article', when(isOff, 'unlisted')),
  ...each('status, state, post status, publish status, publishing status, publication status', ofStatus),
  ...each('visibility, post visibility', ofVisibility),
  ...each('access, access level, audience', ofAccess),
  ...each('build', ofBuild),
  ...each('noindex, is noindex, robots noindex, seo noindex', when(isOn, 'noindex')),
  ...each(
    'index, indexable, is indexable',
    when((value) => /^false$/i.test(textOf(value) ?? ''), 'noindex'),
  ),
  ...each('robots, meta robots, robots meta, googlebot', ofRobots),
  ...each('sitemap', ofSitemap),
  ...each(
    'sitemap exclude, exclude from sitemap, exclude sitemap, sitemap ignore, no sitemap, hide from sitemap, hidden from sitemap, sitemap disable, sitemap disabled',
    when(isOn, 'noindex'),
  ),
  ...each('in sitemap, show in sitemap', when(isOff, 'noindex')),
  ...each('metadata, head', ofHead),
  ...each(
    'hidden from feed, hidden from rss, hide from feed, hide from rss, exclude from feed, exclude from rss, no feed, no rss, feed exclude, rss exclude',
    when(isOn, 'no feed'),
  ),
  ...each('in feed, in rss, show in feed, show in rss, include in feed, include in rss', when(isOff, 'no feed')),
])

function each(names: string, rule: Rule): [string, Rule][] {
  return names.split(', ').map((name) => [keyOf(name), rule])
}

function when(holds: (value: unknown) => boolean, saying: Saying): Rule {
  return (value) => (holds(value) ? saying : undefined)
}

/** Values that mean "no" for a field that hides an article. */
const offWords = new Set('false no off n 0 none null nil ~ undefined never public published publish visible shown free open all'.split(' '))
/** A password may be any word, so only what cannot be one counts as "none". */
const noSecrets = new Set('false no off 0 null ~'.split(' '))

/** Deeper values come from no generator. They count as set. */
const maxDepth = 4

/** Whether a value is set. Unknown values are: it is safer to hide an article than to mail it. */
export function isOn(value: unknown): boolean {
  return isSet(value, offWords, 0)
}

function isSecret(value: unknown): boolean {
  return isSet(value, noSecrets, 0)
}

function isOff(value: unknown): boolean {
  return flagOf(value) === false
}

function isSet(value: unknown, off: ReadonlySet<string>, depth: number): boolean {
  if (value === null || value === undefined) return false
  const text = textOf(value)
  if (text !== undefined) return text.trim() !== '' && !off.has(text.trim().toLowerCase())
  if (depth >= maxDepth) return true
  if (Array.isArray(value)) return value.some((one) => isSet(one, off, depth + 1))
  if (!isMap(value)) return true
  const fields = byKey(value)
  const enabled = fields.get('enable') ?? fields.get('enabled')
  if (enabled) return isSet(enabled.value, off, depth + 1)
  return [...fields.values()].some((field) => isSet(field.value, off, depth + 1))
}

/** Words of a text or a list, in lower case with hyphens. */
function termsIn(value: unknown): string[] {
  const texts = Array.isArray(value) ? value.slice(0, 20).map(textOf) : [textOf(value)?.slice(0, 200)]
  return texts
    .flatMap((text) => (text ?? '').split(/[,;]/))
    .map((word) =>
      word
        .trim()
        .toLowerCase()
        .replace(/[\s_]+/g, '-'),
    )
}

const paidWords =
  'paid paid-only paid-members paid-members-only only-paid only-free founding members member members-only member-only subscribers subscriber subscribers-only premium paying patrons patron sponsors supporters vip tiers restricted registered login logged-in authenticated password password-protected protected encrypted specific'
const kindsOfTerms: ReadonlyMap<string, HidingKind> = new Map([
  ...ofKind('draft', 'draft drafted unpublished pending pending-review auto-draft trash trashed deleted skip ignore ignored'),
  ...ofKind('private', 'private'),
  ...ofKind('protected', paidWords),
  ...ofKind('unlisted', 'unlisted hidden delisted'),
])

function ofKind(kind: HidingKind, terms: string): [string, HidingKind][] {
  return terms.split(' ').map((term) => [term, kind])
}

/** Other values are free text in many blogs, such as `in progress`. */
function ofStatus(value: unknown): Saying | undefined {
  for (const term of termsIn(value)) {
    const kind = kindsOfTerms.get(term)
    if (kind) return kind
  }
  return undefined
}

const publicWords = new Set(
  'public published visible everyone everybody all anyone world shown listed default normal true yes on 1 open free'.split(' '),
)

/** An unknown value names a group, such as a tier of Ghost. */
function ofVisibility(value: unknown): Saying | undefined {
  const known = ofStatus(value)
  if (known) return known
  if (flagOf(value) === false) return 'unlisted'
  const terms = termsIn(value).filter((term) => term !== '')
  if (terms.length === 0) return isMap(value) && isOn(value) ? 'protected' : undefined
  return terms.every((term) => publicWords.has(term)) ? undefined : 'protected'
}

/** A map names rights (Grav). Unknown words are left alone, because `access` may be the date on which a source was read. */
function ofAccess(value: unknown): Saying | undefined {
  return isMap(value) ? when(isOn, 'protected')(value) : ofStatus(value)
}

/** Hugo: `list: never` or `local`, `render: never`; both were flags once. */
function ofBuild(value: unknown): Saying | undefined {
  if (!isMap(value)) return undefined
  const fields = byKey(value)
  const option = (name: string) => textOf(fields.get(name)?.value)?.toLowerCase() ?? ''
  if (/^(?:never|false)$/.test(option('render'))) return 'private'
  return /^(?:never|local|false)$/.test(option('list')) ? 'unlisted' : undefined
}

/** As in the meta element: `noindex` or `none`. As a map: `{ index: false }`. As a flag: `false`. */
function ofRobots(value: unknown): Saying | undefined {
  if (isOff(value)) return 'noindex'
  if (!isMap(value)) return termsIn(value).some((term) => term.split(/[\s:-]/).some(isNoindex)) ? 'noindex' : undefined
  const fields = byKey(value)
  const isExcluded = isOff(fields.get('index')?.value) || isOn(fields.get('noindex')?.value)
  return isExcluded || [...fields.values()].some((field) => ofText(field.value) === 'noindex') ? 'noindex' : undefined
}

function ofText(value: unknown): Saying | undefined {
  return termsIn(value).some((term) => term === 'noindex' || term === 'none') ? 'noindex' : undefined
}

function isNoindex(word: string): boolean {
  return word === 'noindex' || word === 'none'
}

function ofSitemap(value: unknown): Saying | undefined {
  if (isOff(value)) return 'noindex'
  if (!isMap(value))
    return termsIn(value).some((term) => /^(?:never|exclude|excluded|disable|disabled|ignore|noindex|none)$/.test(term))
      ? 'noindex'
      : undefined
  const fields = byKey(value)
  const isExcluded = ['disable', 'disabled', 'exclude', 'excluded', 'ignore', 'noindex', 'hidden'].some((name) =>
    isOn(fields.get(name)?.value),
  )
  return isExcluded || ['include', 'index', 'enable', 'enabled'].some((name) => isOff(fields.get(name)?.value)) ? 'noindex' : undefined
}

/** Grav: `metadata: { robots: noindex }`. VuePress and Nuxt: `head`, with a list of meta elements. */
function ofHead(value: unknown): Saying | undefined {
  return isRobotsMeta(value, 0) ? 'noindex' : undefined
}

function isRobotsMeta(value: unknown, depth: number): boolean {
  if (depth > maxDepth) return false
  if (Array.isArray(value)) return value.slice(0, 50).some((one) => isRobotsMeta(one, depth + 1))
  if (!isMap(value)) return false
  const fields = byKey(value)
  if (ofRobots(fields.get('robots')?.value) === 'noindex') return true
  if (textOf(fields.get('name')?.value)?.toLowerCase() === 'robots' && ofRobots(fields.get('content')?.value) === 'noindex') return true
  return isRobotsMeta(fields.get('meta')?.value, depth + 1)
}
