import { z } from 'zod'
import { emptyNote, type Note } from './note.ts'

const line = z.string().max(1_000).nullish()
const names = z.array(z.string().min(1).max(500)).max(100).default([])

/** A note as the API and the desk take it. `readNote` checks the rest. */
export const noteBody = z.strictObject({
  subject: line,
  preheader: line,
  lead: line,
  order: names,
  postpone: names,
  exclude: names,
  cta: line,
  cta_label: line,
  cta_url: line,
  send_without_articles: z.boolean().default(false),
  body: z
    .string()
    .max(64 * 1024)
    .default(''),
})

export type NoteBody = z.infer<typeof noteBody>

export function noteFrom(body: NoteBody): Note {
  const text = (value: string | null | undefined) => value?.trim() || undefined
  const list = (values: readonly string[]) => [...new Set(values.map((one) => one.trim()).filter((one) => one !== ''))]
  return {
    ...emptyNote,
    subject: text(body.subject),
    preheader: text(body.preheader),
    lead: text(body.lead),
    order: list(body.order),
    postpone: list(body.postpone),
    exclude: list(body.exclude),
    cta: text(body.cta),
    ctaLabel: text(body.cta_label),
    ctaUrl: text(body.cta_url),
    sendWithoutArticles: body.send_without_articles,
    body: body.body.replace(/\r\n?/g, '\n').replace(/^\n+/, '').trimEnd(),
  }
}
