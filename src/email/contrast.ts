import { type OpenTag, readHtml } from '../platform/html/read.ts'
import { contrast } from '../publication/colours.ts'
import { declarationsOf } from './css-declarations.ts'

export interface FaintText {
  readonly text: string
  readonly colour: string
  readonly background: string
  readonly ratio: number
}

interface Style {
  readonly tag: string
  readonly colour: string
  readonly background: string
  readonly sizePx: number
  readonly isBold: boolean
  readonly isHidden: boolean
}

const start: Style = { tag: '', colour: '#000000', background: '#ffffff', sizePx: 16, isBold: false, isHidden: false }

/** Text with too little contrast in the light scheme (WCAG 2.2, 1.4.3), each pair of colours once. */
export function faintTexts(html: string): FaintText[] {
  const found = new Map<string, FaintText>()
  const stack: Style[] = [start]
  for (const part of readHtml(html)) {
    const around = stack.at(-1) ?? start
    if (part.kind === 'open') {
      if (!part.isVoid) stack.push(styleOf(part, around))
    } else if (part.kind === 'close') {
      const at = stack.findLastIndex((style) => style.tag === part.tag)
      if (at > 0) stack.length = at
    } else if (part.kind === 'text' && !around.isHidden && /\p{L}|\p{N}/u.test(part.text)) {
      const ratio = contrast(around.colour, around.background)
      // Large text: 24 px, or bold from 18.66 px.
      const isLarge = around.sizePx >= 24 || (around.isBold && around.sizePx >= 18.66)
      const key = `${around.colour} ${around.background}`
      if (ratio < (isLarge ? 3 : 4.5) && !found.has(key)) {
        found.set(key, { text: part.text.trim().slice(0, 40), colour: around.colour, background: around.background, ratio })
      }
    }
  }
  return [...found.values()]
}

function styleOf({ tag, attributes }: OpenTag, around: Style): Style {
  let { colour, background, sizePx, isBold, isHidden } = around
  if (tag === 'a' && attributes.has('href')) colour = '#0000ee'
  if (/^(?:h[1-6]|b|strong|th)$/.test(tag)) isBold = true
  if (/^(?:head|title)$/.test(tag)) isHidden = true
  background = readColour(attributes.get('bgcolor')?.value ?? '') ?? background
  for (const [name, value] of declarationsOf(attributes.get('style')?.value ?? '')) {
    if (name === 'color') colour = readColour(value) ?? colour
    else if (name === 'background-color' || name === 'background') background = readColour(value.split(/\s+/)[0] ?? '') ?? background
    else if (name === 'display') isHidden ||= value === 'none'
    else if (name === 'font-size' || name === 'font') sizePx = Number(/(\d+(?:\.\d+)?)px/.exec(value)?.[1] ?? sizePx)
    if (name === 'font-weight' || name === 'font')
      isBold = /\b(?:bold|[6-9]00)\b/.test(value) || (isBold && !/\b(?:normal|400)\b/.test(value))
  }
  return { tag, colour, background, sizePx, isBold, isHidden }
}

function readColour(text: string): string | undefined {
  if (/^#(?:[0-9a-f]{3}){1,2}$/i.test(text)) return text.toLowerCase()
  if (/^white$/i.test(text)) return '#ffffff'
  if (/^black$/i.test(text)) return '#000000'
  const [, red, green, blue] = /^rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)$/i.exec(text) ?? []
  if (red === undefined) return undefined
  return `#${[red, green, blue].map((part) => Math.min(255, Number(part)).toString(16).padStart(2, '0')).join('')}`
}
