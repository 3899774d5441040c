import { placeIn, textOf } from '../../platform/finding.ts'
import type { FullPreview } from './preview.ts'

/** The preview as JSON, with the findings among the warnings. */
export function previewJson(
  { subject, html, text, bytes, articles, warnings, findings, note }: FullPreview,
  folders: { readonly contentFolder: string; readonly templatesFolder: string },
) {
  const found = findings.map((finding) => {
    const place = placeIn(finding, folders)
    return `${place === '' ? '' : `${place}: `}${textOf(finding)} (${finding.severity})`
  })
  return { subject, html, text, bytes, articles, note, warnings: [...warnings, ...found] }
}
