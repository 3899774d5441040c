/** Whether the script of a language (BCP 47) runs from right to left. False for a tag that Intl does not know. */
export function runsRightToLeft(language: string): boolean {
  try {
    return rightToLeft.has(new Intl.Locale(language).maximize().script ?? '')
  } catch {
    return false
  }
}

const rightToLeft = new Set(['Arab', 'Aran', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg', 'Mand', 'Samr'])
