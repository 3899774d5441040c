import { createRequire } from 'node:module'
import type { DefaultTreeAdapterTypes, html as parse5Html } from 'parse5'
import { escapeMarkup, escapeText } from '../../platform/html/escape.ts'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

/** Loaded on first use: most articles contain no HTML. */
let parse5: typeof import('parse5') | undefined

/**
 * A sanitised fragment as browsers understand it inside of an article, and as the content model of HTML allows. No text goes: only tags
 * do, as those of a table cell without its table.
 */
export function validFragment(html: string): string {
  parse5 ??= createRequire(import.meta.url)('parse5') as typeof import('parse5')
  const article = parse5.defaultTreeAdapter.createElement('article', 'http://www.w3.org/1999/xhtml' as parse5Html.NS, [])
  return written(mended(parse5.parseFragment(article, html, {}).childNodes, { parent: 'article', within: new Set() }))
}

/** A piece of a fragment whose structure is valid. */
type Piece = string | { readonly tag: string; readonly attributes: string; readonly pieces: readonly Piece[] }

interface Place {
  readonly parent: string
  /** Elements around it, the parent included. */
  readonly within: ReadonlySet<string>
}

/** Attributes that say something without a value. */
const flags = new Set(['controls', 'open', 'reversed'])
const voids = new Set('br col hr img source track wbr'.split(' '))
const phrases = new Set('abbr b bdi bdo cite code dfn em i kbd mark q rp rt ruby s samp small span strong sub sup time u var'.split(' '))
/** Elements that hold nothing but phrases. */
const phraseHolders = new Set([...phrases, ...'h1 h2 h3 h4 h5 h6 p pre summary'.split(' ')])
const blocks = new Set(
  'address article aside blockquote details dl figure footer h1 h2 h3 h4 h5 h6 header hr ol p pre section table ul div dt dd li figcaption summary'.split(
    ' ',
  ),
)
/** Child → the parents it may have, and the element that is put around it elsewhere. */
const families: Readonly<Record<string, { readonly parents: string; readonly around: string | undefined }>> = {
  li: { parents: 'ul ol', around: 'ul' },
  dt: { parents: 'dl', around: 'dl' },
  dd: { parents: 'dl', around: 'dl' },
  figcaption: { parents: 'figure', around: undefined },
  summary: { parents: 'details', around: undefined },
  source: { parents: 'audio picture video', around: undefined },
  track: { parents: 'audio video', around: undefined },
  rt: { parents: 'ruby', around: undefined },
  rp: { parents: 'ruby', around: undefined },
}
/** Elements that hold nothing but these children, the first of which is put around others. */
const lists: Readonly<Record<string, readonly string[]>> = { ul: ['li'], ol: ['li'], dl: ['dd', 'dt', 'div'] }
/** Elements that may not be within themselves. */
const single = new Set(['a', 'address', 'dfn', 'footer', 'header'])

function mended(nodes: readonly Node[], place: Place): Piece[] {
  const pieces: Piece[] = []
  for (const node of nodes) {
    if ('value' in node) pieces.push(escapeText(node.value))
    else if ('tagName' in node) pieces.push(...mendedElement(node, place, place.parent === 'details' && isFirst(pieces)))
  }
  const allowed = lists[place.parent]
  return allowed ? gathered(pieces, allowed[0] ?? '', (tag) => allowed.includes(tag), false) : inLists(pieces, place.parent)
}

function mendedElement(element: Element, { parent, within }: Place, isFirstChild: boolean): Piece[] {
  const tag = element.tagName
  const inside = (name: string) => mended(element.childNodes, { parent: name, within: new Set([...within, name]) })
  // Only its text is left, set apart from the words around it.
  const unwrapped = () => (blocks.has(tag) ? [' ', ...inside(parent), ' '] : inside(parent))
  const family = families[tag]
  const isAtHome = family === undefined || family.parents.split(' ').includes(parent)
  if (voids.has(tag)) return isAtHome && !(tag === 'hr' && isPhrasal(within)) ? [piece(element, [])] : []
  if (isPhrasal(within) && blocks.has(tag)) return unwrapped()
  if (single.has(tag) && within.has(tag)) return unwrapped()
  if (phrases.has(tag) && holdsBlock(element)) return inside(parent)
  if (tag === 'summary' && !(isAtHome && isFirstChild)) return [{ tag: 'p', attributes: '', pieces: inside('p') }]
  if (tag === 'figcaption' && !isAtHome) return [{ tag: 'div', attributes: '', pieces: inside('div') }]
  if (tag === 'picture' && !element.childNodes.some((node) => 'tagName' in node && node.tagName === 'img')) return inside(parent)
  if ((tag === 'rt' || tag === 'rp') && !isAtHome) return inside(parent)
  return [piece(element, inside(tag))]
}

function isPhrasal(within: ReadonlySet<string>): boolean {
  for (const tag of within) if (phraseHolders.has(tag)) return true
  return false
}

function holdsBlock({ childNodes }: Element): boolean {
  return childNodes.some((node) => 'tagName' in node && (blocks.has(node.tagName) || holdsBlock(node)))
}

function isFirst(pieces: readonly Piece[]): boolean {
  return pieces.every((one) => typeof one === 'string' && one.trim() === '')
}

/** Puts items that stand outside of a list into one. */
function inLists(pieces: readonly Piece[], parent: string): Piece[] {
  let mended = [...pieces]
  for (const around of ['ul', 'dl']) {
    const isItem = (tag: string) => families[tag]?.around === around && !families[tag]?.parents.split(' ').includes(parent)
    if (mended.some((one) => typeof one !== 'string' && isItem(one.tag))) mended = gathered(mended, around, (tag) => !isItem(tag), true)
  }
  return mended
}

/** Puts runs of pieces that may not stand here into an element. Blanks stay where they are, and other text too if `isTextAllowed`. */
function gathered(pieces: readonly Piece[], around: string, isAllowed: (tag: string) => boolean, isTextAllowed: boolean): Piece[] {
  const done: Piece[] = []
  let run: Piece[] = []
  const end = () => {
    if (run.length > 0) done.push({ tag: around, attributes: '', pieces: run })
    run = []
  }
  for (const one of pieces) {
    const isBlank = typeof one === 'string' && one.trim() === ''
    const stays = isBlank ? run.length === 0 : typeof one === 'string' ? isTextAllowed : isAllowed(one.tag)
    if (!stays) run.push(one)
    else {
      end()
      done.push(one)
    }
  }
  end()
  return done
}

function piece({ tagName, attrs }: Element, pieces: readonly Piece[]): Piece {
  const attributes = attrs.map(({ name, value }) => (value === '' && flags.has(name) ? ` ${name}` : ` ${name}="${escapeMarkup(value)}"`))
  return { tag: tagName, attributes: attributes.join(''), pieces }
}

/** XHTML void tags and plain quotes in text, as the sanitizer writes. */
function written(pieces: readonly Piece[]): string {
  let html = ''
  for (const one of pieces) {
    if (typeof one === 'string') html += one
    else if (voids.has(one.tag)) html += `<${one.tag}${one.attributes} />`
    else html += `<${one.tag}${one.attributes}>${written(one.pieces)}</${one.tag}>`
  }
  return html
}
