/** In what `sanitize-html` writes: the number that leads to a note, or the arrow that leads back. */
const noteLinks = /\s*<a href="([^"]*)#fn(?:ref)?-[^"]*"[^>]*>(\[\d+(?::\d+)?\]|↩[^<]*)<\/a>/g

/** The text of an article with notes that are read in the letter itself: their numbers lead nowhere else, and nothing leads back to them. */
export function withNotesInPlace(html: string, articleUrl: string): string {
  const page = articleUrl.replaceAll('&', '&amp;')
  return html.replace(noteLinks, (all, address: string, label: string) => {
    if (address !== page) return all
    return label.startsWith('[') ? all.replace(/<[^>]*>/g, '') : ''
  })
}
