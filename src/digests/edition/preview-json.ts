import { z } from 'zod'
import { placeIn, textOf } from '../../platform/finding.ts'
import { count, type Json } from '../../platform/json-shape.ts'
import { noteShape } from '../notes/write-note.ts'
import type { FullPreview } from './preview.ts'

const slugs = z.array(z.string())

export const previewShape = z.object({
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  bytes: count.describe('Size of the whole message as sent'),
  articles: slugs.describe('Slugs'),
  note: z
    .object({
      source: z.string().describe('file, draft or call'),
      file: z.string().nullable(),
      ...noteShape.shape,
      postponed: slugs.describe('Slugs'),
      excluded: slugs.describe('Slugs'),
    })
    .nullable(),
  warnings: z.array(z.string()),
})

/** The preview as JSON, with the findings among the warnings. */
export function previewJson(
  { subject, html, text, bytes, articles, warnings, findings, note }: FullPreview,
  folders: { readonly contentFolder: string; readonly templatesFolder: string },
): Json<typeof previewShape> {
  const found = findings.map((finding) => {
    const place = placeIn(finding, folders)
    return `${place === '' ? '' : `${place}: `}${textOf(finding)} (${finding.severity})`
  })
  return { subject, html, text, bytes, articles, note, warnings: [...warnings, ...found] }
}
