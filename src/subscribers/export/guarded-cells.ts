/**
 * A spreadsheet runs a cell that begins like a formula (OWASP, CSV injection). An apostrophe before it stops that. A cell that
 * has apostrophes there already gets one more, so that `unguard` gives back exactly what was written, whatever it was.
 */
const dangerous = /^'*[=+\-@\t\r\n|%＝＋－＠]/

export function guard(cell: string): string {
  return dangerous.test(cell) ? `'${cell}` : cell
}

export function unguard(cell: string): string {
  return cell.startsWith("'") && dangerous.test(cell) ? cell.slice(1) : cell
}
