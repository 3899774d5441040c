import type { DigestDefinition } from '../../publication/publication.ts'
import { describeSchedule } from '../../publication/schedule.ts'

// The wordings that readers agree to. They are stored with the subscription as proof of consent.

export const formWording = 'Send me the digests I ticked by email. I can leave each of them at any time, with one click.'

/** The label of the button. */
export const confirmWording = 'Yes, send it to me'

export const preferencesWording = 'Send me the digests I ticked by email, and none of the others.'

/** A heading and the sentence below it. */
export function invitationWording(definition: DigestDefinition, language: string): { heading: string; sentence: string } {
  return { heading: `${definition.title}, by email`, sentence: `${describeSchedule(definition, language)}. One click is enough to leave.` }
}
