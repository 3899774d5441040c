import type { Words } from '../../platform/messages.ts'
import type { DigestDefinition } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'
import type { SiteContext } from './context.ts'
import { wordsOf } from './words.ts'

// The wordings that readers agree to. They are stored with the subscription as proof of consent, in the language in which they were shown.

export function formWording(words: Words): string {
  return words('site.wording.form')
}

/** The label of the button. */
export function confirmWording(words: Words): string {
  return words('site.wording.confirm')
}

export function preferencesWording(words: Words): string {
  return words('site.wording.preferences')
}

/** A heading and the sentence below it. */
export function invitationWording(site: SiteContext, definition: DigestDefinition): { heading: string; sentence: string } {
  const words = wordsOf(site)
  return {
    heading: words('site.invitation.heading', { digest: definition.title }),
    sentence: words('site.invitation.sentence', { schedule: describeSchedule(definition, site.publication().language, site.messages) }),
  }
}
