import { stringify } from 'yaml'
import { z } from 'zod'
import type { Json } from '../../platform/json-shape.ts'
import type { Note } from './note.ts'

/** Writes a note as its file, which `readNote` reads as the same note. */
export function writeNote(note: Note): string {
  const fields = Object.entries({
    subject: note.subject,
    preheader: note.preheader,
    lead: note.lead,
    order: note.order.length > 0 ? note.order : undefined,
    postpone: note.postpone.length > 0 ? note.postpone : undefined,
    exclude: note.exclude.length > 0 ? note.exclude : undefined,
    cta: note.cta,
    cta_label: note.ctaLabel,
    cta_url: note.ctaUrl,
    send_without_articles: note.sendWithoutArticles || undefined,
  }).filter(([, value]) => value !== undefined)
  // Without a block of its own, a body that begins with `---` would be taken for one.
  const block = fields.length > 0 ? stringify(Object.fromEntries(fields), { lineWidth: 0 }) : ''
  return `---\n${block}---\n${note.body === '' ? '' : `\n${note.body}\n`}`
}

const line = z.string().nullable()
const names = z.array(z.string())

export const noteShape = z.object({
  subject: line,
  preheader: line,
  lead: line.describe('The article that leads, by slug, id or file'),
  order: names.describe('These articles come first'),
  postpone: names.describe('These articles wait for the next issue'),
  exclude: names.describe('This digest never carries these articles'),
  cta: line,
  cta_label: line,
  cta_url: line,
  send_without_articles: z.boolean(),
  body: z.string().describe('Markdown'),
})

/** A note in the API: null and empty lists for what it does not say. */
export function noteJson(note: Note): Json<typeof noteShape> {
  return {
    subject: note.subject ?? null,
    preheader: note.preheader ?? null,
    lead: note.lead ?? null,
    order: note.order,
    postpone: note.postpone,
    exclude: note.exclude,
    cta: note.cta ?? null,
    cta_label: note.ctaLabel ?? null,
    cta_url: note.ctaUrl ?? null,
    send_without_articles: note.sendWithoutArticles,
    body: note.body,
  }
}
