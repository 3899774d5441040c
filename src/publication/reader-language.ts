import type { Publication } from './publication.ts'

/** The language for a reader who chose `chosen` (BCP 47, or empty): a language that `languages` no longer offers is not followed. */
export function readerLanguage({ language, languages }: Pick<Publication, 'language' | 'languages'>, chosen: string): string {
  return languages.find((offered) => offered.toLowerCase() === chosen.toLowerCase()) ?? language
}

/** The publication for readers of `language`: words, dates and schedules follow it. Articles keep their own language. */
export function inLanguage(publication: Publication, language: string): Publication {
  return language === publication.language ? publication : { ...publication, language }
}
