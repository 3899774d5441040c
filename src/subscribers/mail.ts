import { type LetterOrder, readerPlaceholder } from '../email/email.ts'
import { publicationValues } from '../email/publication-values.ts'
import type { Edition } from '../outbox/delivery.ts'
import { describeSchedule } from '../publication/schedule.ts'
import { feedPathForTopics, paths, publicUrl } from '../publication/urls.ts'
import type { SubscribersRoom } from './context.ts'

/** The letter that asks whether the address is really theirs. */
export async function confirmationEdition(room: SubscribersRoom, digests: readonly string[], expiresDays: number): Promise<Edition> {
  const publication = room.publication()
  return edition(room, {
    template: 'confirm',
    values: {
      publication: publicationValues(publication),
      digests: described(room, digests),
      links: {
        confirm: publicUrl(publication, paths.confirm(readerPlaceholder('confirm_token'))),
        home: publicUrl(publication, paths.home),
      },
      expires_days: expiresDays,
    },
  })
}

/** The letter that says what will come, and how to change it. */
export async function welcomeEdition(room: SubscribersRoom, digests: readonly string[]): Promise<Edition> {
  const publication = room.publication()
  return edition(room, {
    template: 'welcome',
    values: {
      publication: publicationValues(publication),
      digests: described(room, digests),
      links: {
        preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
        home: publicUrl(publication, paths.home),
        feed: publicUrl(publication, feedPathForTopics([])),
      },
    },
  })
}

/** The letter that says what was left, and what still comes. */
export async function goodbyeEdition(room: SubscribersRoom, left: readonly string[], remaining: readonly string[]): Promise<Edition> {
  const publication = room.publication()
  return edition(room, {
    template: 'goodbye',
    values: {
      publication: publicationValues(publication),
      left: described(room, left),
      remaining: described(room, remaining),
      links: {
        again: publicUrl(publication, paths.subscribe),
        preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
        home: publicUrl(publication, paths.home),
        feed: publicUrl(publication, feedPathForTopics([])),
      },
    },
  })
}

async function edition(room: SubscribersRoom, order: LetterOrder): Promise<Edition> {
  return { from: room.publication().sender, letter: await room.print(order), list: undefined }
}

function described(room: SubscribersRoom, names: readonly string[]) {
  const { digests } = room.publication()
  return names.map((name) => {
    const definition = digests.get(name)
    return { title: definition?.title ?? name, rhythm: definition ? describeSchedule(definition) : '' }
  })
}
