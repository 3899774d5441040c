/** Cursors are opaque: what stands in them is ours to change. */
export function writeCursor(last: string | undefined): string | null {
  return last === undefined ? null : Buffer.from(last).toString('base64url')
}

export function readCursor(value: unknown): { readonly ok: true; readonly value: string | undefined } | { readonly ok: false } {
  if (value === undefined) return { ok: true, value: undefined }
  if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) return { ok: false }
  return { ok: true, value: Buffer.from(value, 'base64url').toString() }
}
