import { relative, sep } from 'node:path'

/** A fault found in articles, mail or settings, with file and field. */
export interface Finding {
  /** An error keeps something from working, a warning is seen by readers, a notice is good to know. */
  readonly severity: 'error' | 'warning' | 'notice'
  /** Absolute path; undefined where no file is at fault. */
  readonly file: string | undefined
  /** 1-based, where it is known. */
  readonly line: number | undefined
  /** Such as `cta_url` or `digests.weekly`. */
  readonly field: string | undefined
  readonly reason: string
}

/** The field and what is wrong with it, as one sentence goes: many a reason names its field already. */
export function textOf({ field, reason }: Pick<Finding, 'field' | 'reason'>): string {
  return field === undefined || reason.startsWith(field) ? reason : `${field} ${reason}`
}

/** Where it stands, as somebody calls it who looks at a publication: `articles/tides.md:3`; empty where no file is at fault. */
export function placeIn(
  { file, line }: Pick<Finding, 'file' | 'line'>,
  { contentFolder, templatesFolder }: { readonly contentFolder: string; readonly templatesFolder: string },
): string {
  if (file === undefined) return ''
  const from = file.startsWith(templatesFolder) ? `${templatesFolder}/..` : contentFolder
  const place = relative(from, file).split(sep).join('/')
  return line === undefined ? place : `${place}:${line}`
}
