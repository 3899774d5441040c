/** Whether the script of a language (BCP 47) runs from right to left. False for a tag that Intl does not know. */
export function runsRightToLeft(language: string): boolean {
  return rightToLeft.has(scriptOf(language))
}

/** ISO 15924, the likely script where the tag names none: `Latn`. Latin for a tag that Intl does not know. */
export function scriptOf(language: string): string {
  try {
    return new Intl.Locale(language).maximize().script ?? 'Latn'
  } catch {
    return 'Latn'
  }
}

const rightToLeft = new Set(['Arab', 'Aran', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg', 'Mand', 'Samr'])
