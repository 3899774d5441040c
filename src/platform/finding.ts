/** What a look over articles, letters and settings found: with its file and field, for whoever can mend it. */
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
