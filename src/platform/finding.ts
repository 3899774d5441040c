import { relative, sep } from 'node:path'
import { productTemplates } from './product-folder.ts'
import { isBelow, placeOfTemplate } from './template-folders.ts'

/** A problem in articles, templates or settings. File and field tell the author where to fix it. */
export interface Finding {
  /** An error stops something from working. Readers see a warning. A notice is for information. */
  readonly severity: 'error' | 'warning' | 'notice'
  /** Absolute path; undefined if the finding is about no file. */
  readonly file: string | undefined
  /** 1-based, if known. */
  readonly line: number | undefined
  /** Such as `cta_url` or `digests.weekly`. */
  readonly field: string | undefined
  readonly reason: string
}

/** Field and reason as one sentence. Some reasons already begin with the field. */
export function textOf({ field, reason }: Pick<Finding, 'field' | 'reason'>): string {
  return field === undefined || reason.startsWith(field) ? reason : `${field} ${reason}`
}

/** The place relative to the content folder or the templates: `articles/tides.md:3`. Empty if the finding is about no file. */
export function placeIn(
  { file, line }: Pick<Finding, 'file' | 'line'>,
  { contentFolder, templatesFolder }: { readonly contentFolder: string; readonly templatesFolder: string },
): string {
  if (file === undefined) return ''
  const isTemplate = isBelow(templatesFolder, file) || isBelow(productTemplates, file)
  const place = (isTemplate ? placeOfTemplate(templatesFolder, file) : relative(contentFolder, file)).split(sep).join('/')
  return line === undefined ? place : `${place}:${line}`
}
