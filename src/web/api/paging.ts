import { z } from 'zod'

/** What every list takes. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(50).describe('How many items, 50 unless given'),
  cursor: z
    .string()
    .regex(/^[\w-]+$/)
    .optional()
    .describe('The value of next of the page before'),
})

/** A list: `next` is the cursor of the next page, or null on the last. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable().describe('The cursor of the next page; null on the last') })
}

/** Cursors are opaque to clients, so their content may change. */
export function writeCursor(last: string | undefined): string | null {
  return last === undefined ? null : Buffer.from(last).toString('base64url')
}

/** Cuts `rows`, read with a limit of `limit + 1`, to one page. The extra row shows that another page follows. */
export function cutPage<Row>(rows: readonly Row[], limit: number, cursorOf: (last: Row) => string) {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { shown, next: writeCursor(last && cursorOf(last)) }
}

export function readCursor(value: unknown): { readonly ok: true; readonly value: string | undefined } | { readonly ok: false } {
  if (value === undefined) return { ok: true, value: undefined }
  if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) return { ok: false }
  const text = Buffer.from(value, 'base64url').toString()
  // PostgreSQL refuses U+0000.
  return text.includes('\0') ? { ok: false } : { ok: true, value: text }
}
