const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function entityOf(character: string): string {
  return entities[character] ?? character
}

/** Escapes text for an element of HTML or XML, or for an attribute in double quotes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, entityOf)
}

/** Also escapes single quotes. Not as `&apos;`, which HTML 4, and so Outlook, does not know. */
export function escapeInAnyQuotes(text: string): string {
  return text.replace(/[&<>"']/g, entityOf)
}

/** Escapes text for an element but keeps quotes, as sanitize-html does. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, entityOf)
}

/** Escapes text but keeps the entities in it. */
export function escapeAroundEntities(text: string): string {
  return text.replace(/&(?!#?\w+;)|[<>"]/g, entityOf)
}
