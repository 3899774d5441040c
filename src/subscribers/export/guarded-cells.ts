/**
 * Spreadsheets run cells that begin like a formula (OWASP, CSV injection). A leading apostrophe prevents that. A cell that already begins
 * with apostrophes gets one more, so that `unguard` always restores the original text.
 */
const dangerous = /^'*[=+\-@\t\r\n|%＝＋－＠]/

export function guard(cell: string): string {
  return dangerous.test(cell) ? `'${cell}` : cell
}

export function unguard(cell: string): string {
  return cell.startsWith("'") && dangerous.test(cell) ? cell.slice(1) : cell
}
