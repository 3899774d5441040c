import { type EmailRequest, readerPlaceholder } from '../email/email.ts'
import { publicationValues } from '../email/publication-values.ts'
import type { Edition } from '../outbox/delivery.ts'
import { describeSchedule } from '../publication/schedule.ts'
import { feedPathForTopics, paths, publicUrl } from '../publication/urls.ts'
import type { SubscribersContext } from './context.ts'

/** The mail that asks whether the address is really theirs. */
export async function confirmationEdition(context: SubscribersContext, digests: readonly string[], expiresDays: number): Promise<Edition> {
  const publication = context.publication()
  return edition(context, {
    template: 'confirm',
    values: {
      publication: publicationValues(publication),
      digests: described(context, digests),
      links: {
        confirm: publicUrl(publication, paths.confirm(readerPlaceholder('confirm_token'))),
        home: publicUrl(publication, paths.home),
      },
      expires_days: expiresDays,
    },
  })
}

/** The mail that says what will come, and how to change it. */
export async function welcomeEdition(context: SubscribersContext, digests: readonly string[]): Promise<Edition> {
  const publication = context.publication()
  return edition(context, {
    template: 'welcome',
    values: {
      publication: publicationValues(publication),
      digests: described(context, digests),
      links: {
        preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
        home: publicUrl(publication, paths.home),
        feed: publicUrl(publication, feedPathForTopics([])),
      },
    },
  })
}

/** The mail that says which digests ended, and which still come. */
export async function goodbyeEdition(context: SubscribersContext, left: readonly string[], remaining: readonly string[]): Promise<Edition> {
  const publication = context.publication()
  return edition(context, {
    template: 'goodbye',
    values: {
      publication: publicationValues(publication),
      left: described(context, left),
      remaining: described(context, remaining),
      links: {
        again: publicUrl(publication, paths.subscribe),
        preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
        home: publicUrl(publication, paths.home),
        feed: publicUrl(publication, feedPathForTopics([])),
      },
    },
  })
}

async function edition(context: SubscribersContext, order: EmailRequest): Promise<Edition> {
  return { from: context.publication().sender, email: await context.render(order), list: undefined }
}

function described(context: SubscribersContext, names: readonly string[]) {
  const { digests } = context.publication()
  return names.map((name) => {
    const definition = digests.get(name)
    return { title: definition?.title ?? name, rhythm: definition ? describeSchedule(definition) : '' }
  })
}
