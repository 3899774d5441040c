import type { Publication } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import { localPath } from '../../publication/urls.ts'
import type { SiteContext } from './context.ts'
import { listed } from './words.ts'

/** Digests as checkboxes. */
export function digestChoices(site: SiteContext, chosen: readonly string[], language: string = site.publication().language) {
  const { digests, topics } = site.publication()
  return [...digests.values()].map((definition) => ({
    name: definition.name,
    title: definition.title,
    rhythm: describeSchedule(definition, language, site.messages),
    about: listed(
      definition.topics.map((topic) => topics.get(topic) ?? topic),
      language,
    ),
    is_chosen: chosen.includes(definition.name),
  }))
}

/** Languages to choose from, each named in itself; empty if there is only one. */
export function languageChoices({ languages, language }: Publication, chosen: string) {
  if (languages.length < 2) return []
  return languages.map((tag) => ({
    tag,
    label: new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag,
    is_chosen: tag === (chosen || language),
  }))
}

/** Links to the same page in each language that readers may choose; empty if there is only one. */
export function languageLinks(publication: Publication, path: string, current: string) {
  return languageChoices(publication, current).map(({ tag, label, is_chosen }) => ({
    tag,
    label,
    is_current: is_chosen,
    href: localPath(publication, pathIn(publication, path, tag)),
  }))
}

/** The path of a page in `language`. The publication's own needs no query. */
export function pathIn(publication: Publication, path: string, language: string): string {
  return language === publication.language ? path : `${path}?language=${encodeURIComponent(language)}`
}

/** Topics as checkboxes. */
export function topicChoices({ topics }: Publication, chosen: readonly string[]) {
  return [...topics].map(([key, label]) => ({ key, label, is_chosen: chosen.includes(key) }))
}

/** Title and schedule of digests; a digest that publication.yaml no longer has is shown by its name. */
export function describedDigests(site: SiteContext, names: readonly string[], language: string = site.publication().language) {
  const { digests } = site.publication()
  return names.map((name) => {
    const definition = digests.get(name)
    return { title: definition?.title ?? name, rhythm: definition ? describeSchedule(definition, language, site.messages) : null }
  })
}
