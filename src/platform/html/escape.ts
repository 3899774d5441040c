const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function entityOf(character: string): string {
  return entities[character] ?? character
}

/** Text as it stands in an element of HTML or XML, or in an attribute between double quotes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, entityOf)
}

/** The same for where an attribute may stand between single quotes too. Not `&apos;`: HTML 4, and so Outlook, does not know it. */
export function escapeInAnyQuotes(text: string): string {
  return text.replace(/[&<>"']/g, entityOf)
}

/** The text of an element where quotes need no escape, as sanitize-html writes it. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, entityOf)
}

/** Escapes text in which an author may have written entities: these stay. */
export function escapeAroundEntities(text: string): string {
  return text.replace(/&(?!#?\w+;)|[<>"]/g, entityOf)
}
