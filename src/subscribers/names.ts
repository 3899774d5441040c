/** Splits a list of names in a cell, option or parameter at white space, semicolons or commas. */
export function namesIn(text: string): string[] {
  return text.split(/[\s;,]+/).filter(Boolean)
}
