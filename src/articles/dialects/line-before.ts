/** In characters. Bounds the look back on a long line, so that many marks on one line stay linear. */
const maxLength = 400

/** What stands on the line of `at` before it. Undefined if that is longer than 400 characters. */
export function lineBefore(text: string, at: number): string | undefined {
  const near = text.slice(Math.max(0, at - maxLength), at)
  const start = near.lastIndexOf('\n')
  return start < 0 && at > maxLength ? undefined : near.slice(start + 1)
}
