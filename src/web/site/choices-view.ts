import type { Publication } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'

/** Digests as checkboxes. */
export function digestChoices({ digests, topics, language }: Publication, chosen: readonly string[]) {
  return [...digests.values()].map((definition) => ({
    name: definition.name,
    title: definition.title,
    rhythm: describeSchedule(definition, language),
    about: inWords(definition.topics.map((topic) => topics.get(topic) ?? topic)),
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

/** Topics as checkboxes. */
export function topicChoices({ topics }: Publication, chosen: readonly string[]) {
  return [...topics].map(([key, label]) => ({ key, label, is_chosen: chosen.includes(key) }))
}

/** Title and schedule of digests; a digest that publication.yaml no longer has is shown by its name. */
export function describedDigests({ digests, language }: Publication, names: readonly string[]) {
  return names.map((name) => {
    const definition = digests.get(name)
    return { title: definition?.title ?? name, rhythm: definition ? describeSchedule(definition, language) : null }
  })
}

/** Joins names: `The week, The coast, daily and As it happens`; '' for none. */
export function inWords(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(names)
}
