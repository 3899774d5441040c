import { isNote, quoted, watchAddress } from './embeds.ts'
import { emojiNamed } from './emoji.ts'

/** Turns extensions that many generators share (frames, admonitions, alerts, tasks, emoji names) into common Markdown. */
export function plainExtensions(text: string): string {
  let plain = text
  if (/<(?:script|style|iframe|noscript)/i.test(plain)) plain = withoutFrames(plain)
  if (/^(?:!!!|\?\?\?)/m.test(plain)) plain = withNotes(plain)
  if (plain.includes('[')) plain = withoutBrackets(plain)
  return /:[a-z0-9_+-]+:/.test(plain)
    ? plain.replace(/(?<![\w:/])(?::([a-z0-9_+-]{1,40}):)(?![\w:/])/g, (whole, name: string) => emojiNamed(name) ?? whole)
    : plain
}

function withoutFrames(text: string): string {
  return text
    .replace(/<noscript\b[^<>]*>((?:(?!<\/?noscript)[\s\S]){0,5000})<\/noscript\s*>/gi, (_, inner: string) =>
      isCounter(inner) ? '' : inner,
    )
    .replace(/<(script|style)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
    .replace(/<iframe\b([^<>]*)>(?:[^<]{0,500}<\/iframe\s*>)?/gi, (_, attributes: string) => {
      const address = /\b(?:data-)?src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(attributes)
      const src = address?.[1] ?? address?.[2] ?? address?.[3] ?? ''
      if (!/^(?:https?:)?\/\//i.test(src)) return ''
      const shown = quoted(watchAddress(src.startsWith('//') ? `https:${src}` : src))
      return `<a href="${shown}">${shown}</a>`
    })
}

/** Whether it only counts visits: a picture of one pixel, or a hidden frame. */
function isCounter(html: string): boolean {
  return /\b(?:width|height)\s?=\s?["']?[01]["'\s>]|display\s?:\s?none/i.test(html)
}

/** Reads `!!! note "Title"` of Python-Markdown with the indented lines below it. */
function withNotes(text: string): string {
  let indented = false
  const lines = text.split('\n').map((line) => {
    const mark = /^(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)(?:[ \t]+"([^"]*)")?[ \t]*$/.exec(line)
    if (mark && isNote(mark[1] ?? '')) {
      const before = indented ? '\n</aside>\n' : ''
      indented = true
      return `${before}\n<aside>\n${mark[2] ? `\n**${mark[2]}**\n` : ''}`
    }
    if (!indented || line.trim() === '') return line
    const inner = /^(?: {4}|\t)(.*)$/.exec(line)
    if (inner) return inner[1] ?? ''
    indented = false
    return `\n</aside>\n\n${line}`
  })
  return lines.join('\n') + (indented ? '\n\n</aside>\n' : '')
}

const alerts: Readonly<Record<string, string>> = {
  note: 'Note',
  tip: 'Tip',
  important: 'Important',
  warning: 'Warning',
  caution: 'Caution',
}

function withoutBrackets(text: string): string {
  return text
    .replace(/^[ \t]*(?:\[\[_?toc_?\]\]|\[toc\]|\$\{toc\}|\[\[toc\]\]|<toc\s*\/?>)[ \t]*$/gim, '')
    .replace(/^([ \t]*>[ \t]*)\[!([\w-]{1,40})\][+-]?[ \t]*([^\n]*)$/gm, (_, start: string, kind: string, title: string) => {
      const shown = title.trim() || (alerts[kind.toLowerCase()] ?? kind.charAt(0).toUpperCase() + kind.slice(1).toLowerCase())
      return `${start}**${shown}**\n${start}`
    })
    .replace(
      /^([ \t]*(?:[-*+]|\d+[.)])[ \t]+)\[([ xX])\](?=[ \t])/gm,
      (_, start: string, sign: string) => `${start}${sign === ' ' ? '☐' : '☑'}`,
    )
}
