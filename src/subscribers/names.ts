/** The names of a list that stands in one cell, option or parameter, parted by blanks, semicolons or commas. */
export function namesIn(text: string): string[] {
  return text.split(/[\s;,]+/).filter(Boolean)
}
