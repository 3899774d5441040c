import { type EmailRequest, readerPlaceholder } from '../email/email.ts'
import { publicationValues } from '../email/publication-values.ts'
import type { Edition } from '../outbox/delivery.ts'
import { inLanguage } from '../publication/reader-language.ts'
import { describeSchedule } from '../publication/schedule.ts'
import { feedPathForTopics, paths, publicUrl } from '../publication/urls.ts'
import type { SubscribersContext } from './context.ts'

/** The email that asks the reader to confirm the address, in `language`. */
export async function confirmationEdition(
  context: SubscribersContext,
  digests: readonly string[],
  expiresDays: number,
  language = context.publication().language,
): Promise<Edition> {
  const publication = inLanguage(context.publication(), language)
  return edition(context, {
    template: 'confirm',
    values: {
      publication: publicationValues(publication),
      digests: describeDigests(context, digests, language),
      links: {
        confirm: publicUrl(publication, paths.confirm(readerPlaceholder('confirm_token'))),
        home: publicUrl(publication, paths.home),
      },
      expires_days: expiresDays,
    },
  })
}

/** The email that says which digests follow, and how to change them, in `language`. */
export async function welcomeEdition(
  context: SubscribersContext,
  digests: readonly string[],
  language = context.publication().language,
): Promise<Edition> {
  const publication = inLanguage(context.publication(), language)
  return edition(context, {
    template: 'welcome',
    values: {
      publication: publicationValues(publication),
      has_topics: publication.topics.size > 0,
      digests: describeDigests(context, digests, language),
      links: {
        preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
        home: publicUrl(publication, paths.home),
        feed: publicUrl(publication, feedPathForTopics([])),
      },
    },
  })
}

/** The email that says which digests the reader left, and which remain, in `language`. */
export async function goodbyeEdition(
  context: SubscribersContext,
  left: readonly string[],
  remaining: readonly string[],
  language = context.publication().language,
): Promise<Edition> {
  const publication = inLanguage(context.publication(), language)
  return edition(context, {
    template: 'goodbye',
    values: {
      publication: publicationValues(publication),
      left: describeDigests(context, left, language),
      remaining: describeDigests(context, remaining, language),
      links: {
        again: publicUrl(publication, paths.subscribe),
        preferences: publicUrl(publication, paths.preferences(readerPlaceholder('preferences_token'))),
        home: publicUrl(publication, paths.home),
        feed: publicUrl(publication, feedPathForTopics([])),
      },
    },
  })
}

async function edition(context: SubscribersContext, request: EmailRequest): Promise<Edition> {
  return { from: context.publication().sender, email: await context.render(request), list: undefined }
}

function describeDigests(context: SubscribersContext, names: readonly string[], language: string) {
  const { digests } = context.publication()
  return names.map((name) => {
    const definition = digests.get(name)
    return { title: definition?.title ?? name, rhythm: definition ? describeSchedule(definition, language, context.messages) : '' }
  })
}
