import type { Publication } from '../publication/publication.ts'
import type { PublicationValues } from './email.ts'

/** The `publication` values of every email template. */
export function publicationValues(publication: Publication): PublicationValues {
  return {
    title: publication.title,
    url: publication.url,
    language: publication.language,
    postal_address: publication.postalAddress ?? '',
    accent: publication.accent,
    fonts: { text: publication.fonts.text ?? '', labels: publication.fonts.labels ?? '' },
    logo: publication.logo === undefined ? null : { url: publication.logo, width: null, height: null },
  }
}
