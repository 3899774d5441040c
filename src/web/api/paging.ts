/** Cursors are opaque: what stands in them is ours to change. */
export function writeCursor(last: string | undefined): string | null {
  return last === undefined ? null : Buffer.from(last).toString('base64url')
}

/** The page to show of rows that were read with one more than `limit`: that one says that another page follows. */
export function cutPage<Row>(rows: readonly Row[], limit: number, cursorOf: (last: Row) => string) {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { shown, next: writeCursor(last && cursorOf(last)) }
}

export function readCursor(value: unknown): { readonly ok: true; readonly value: string | undefined } | { readonly ok: false } {
  if (value === undefined) return { ok: true, value: undefined }
  if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) return { ok: false }
  return { ok: true, value: Buffer.from(value, 'base64url').toString() }
}
