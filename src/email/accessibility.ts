import { type OpenTag, readHtml } from '../platform/html/read.ts'

/** A fault that screen readers or magnifiers stumble over. `find` is what to look for in the templates. */
export interface AccessibilityFault {
  readonly reason: string
  readonly find: string | RegExp
}

/** Names of links that say nothing out of context (WCAG 2.2, 2.4.9). */
const vagueNames = /^(?:click here|here|read more|more|read on|link|this|learn more|continue|go)[\s.…→>:]*$/i

const noWords = new Set(['head', 'style', 'title', 'script'])

/**
 * What the Email Markup Consortium counts: language and direction, roles of layout tables, order of headings, names of links,
 * zoom. Pictures without alt text and contrast are checked elsewhere in the lint.
 */
export function accessibilityFaults(html: string): AccessibilityFault[] {
  return [...faultsOfTags(html), ...faultsOfLinks(html)]
}

function faultsOfTags(html: string): AccessibilityFault[] {
  const faults: AccessibilityFault[] = []
  const report = (reason: string, find: string | RegExp) => faults.push({ reason, find })
  const open: string[] = []
  let level = 0
  for (const part of readHtml(html)) {
    if (part.kind === 'close') {
      const at = open.lastIndexOf(part.tag)
      if (at >= 0) open.length = at
    }
    if (part.kind !== 'open') continue
    const value = (name: string) => part.attributes.get(name)?.value.trim() ?? ''
    const isBelowBody = open.at(-1) === 'body' && !noWords.has(part.tag) && !isHidden(part)
    if (part.tag === 'html' || isBelowBody) {
      // Webmail drops `html` and `body`, so what is below them says it again.
      for (const name of ['lang', 'dir'])
        if (value(name) === '') report(`<${part.tag}> has no ${name}`, part.tag === 'html' ? '<mjml' : '<mj-body')
    }
    if (part.tag === 'table' && !/^(?:presentation|none|table|grid)$/.test(value('role')))
      report('a table has no role: use role="presentation" for layout, role="table" for data', /<table(?![^>]*\brole=)/)
    if (/^h[1-6]$/.test(part.tag)) {
      const next = Number(part.tag.slice(1))
      if (level === 0 && next !== 1) report(`the first heading is <${part.tag}>: begin with <h1>`, `<${part.tag}`)
      else if (level > 0 && next === 1) report('there is more than one <h1>', '<h1')
      else if (next > level + 1) report(`<${part.tag}> follows <h${level}>: headings skip a level`, `<${part.tag}`)
      level = next
    }
    if (part.tag === 'meta' && /user-scalable\s*=\s*no|maximum-scale\s*=\s*1\b/.test(value('content')))
      report('the viewport forbids zooming', /user-scalable|maximum-scale/)
    if (/text-align:\s*justify/i.test(value('style'))) report('text is justified, which is hard to read', /justify/)
    if (!part.isVoid) open.push(part.tag)
  }
  if (level === 0) report('there is no heading', '<mj-body')
  return faults
}

function faultsOfLinks(html: string): AccessibilityFault[] {
  const faults: AccessibilityFault[] = []
  let link: { readonly tag: OpenTag; words: string } | undefined
  for (const part of readHtml(html)) {
    if (part.kind === 'open' && part.tag === 'a' && part.attributes.has('href')) link = { tag: part, words: '' }
    else if (part.kind === 'open' && part.tag === 'img' && link) link.words += part.attributes.get('alt')?.value ?? ''
    else if (part.kind === 'text' && link) link.words += part.text
    else if (part.kind === 'close' && part.tag === 'a' && link) {
      const fault = faultOfName(link.words.trim(), link.tag)
      if (fault) faults.push(fault)
      link = undefined
    }
  }
  return faults
}

function faultOfName(words: string, { attributes }: OpenTag): AccessibilityFault | undefined {
  const label = attributes.get('aria-label')?.value.trim() ?? ''
  const name = label || words
  if (name === '') return { reason: `the link to ${attributes.get('href')?.value ?? ''} has no words`, find: '<a ' }
  if (!vagueNames.test(name)) return undefined
  return { reason: `a link is named ${JSON.stringify(name)}, which says nothing alone: give it an aria-label`, find: name }
}

function isHidden({ attributes }: OpenTag): boolean {
  return /display:\s*none/.test(attributes.get('style')?.value ?? '')
}
