/** Page background of the light and the dark scheme. */
export const lightPaper = '#fffdf8'
export const darkPaper = '#16150f'

/** The colour of text on `background` (`#rgb` or `#rrggbb`): light or dark paper, whichever has the higher contrast. */
export function legibleOn(background: string): string {
  return contrast(lightPaper, background) >= contrast(darkPaper, background) ? lightPaper : darkPaper
}

/** Contrast ratio of two colours (WCAG 2), from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

export function isColour(text: string): boolean {
  return /^#(?:[0-9a-f]{3}){1,2}$/i.test(text)
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
