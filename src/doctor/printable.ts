/** Longest text of an answer that is shown. */
const maxShown = 600

/** A text from outside, on one line and without what could steer a terminal. */
export function printable(text: string): string {
  const cut = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
  return onOneLine(cut)
}

/** The whole of a text from outside, without what could steer a terminal or end a line. */
export function onOneLine(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}
