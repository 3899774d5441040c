import type { RequestHandler } from 'express'
import { paths } from '../../publication/urls.ts'
import { digestChoices, topicChoices } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { sendPage } from './page.ts'
import { formWording } from './wording.ts'
import { wordsOf } from './words.ts'

/** A sign-up form to copy into other sites: plain HTML without script, cookie or style. */
export function showEmbed(site: SiteContext): RequestHandler {
  return async (_request, response) => {
    const publication = site.publication()
    const words = wordsOf(site)
    const form = await site.pages.render('embedded-form', {
      language: publication.language,
      publication: { title: publication.title, url: publication.url },
      digests: digestChoices(site, publication.digests.size === 1 ? [...publication.digests.keys()] : []),
      topic_choices: topicChoices(publication, []),
      wording: formWording(words),
    })
    const head = {
      title: words('site.embed.title'),
      description: words('site.embed.description', { publication: publication.title }),
      path: paths.embed,
    }
    await sendPage(site, response, 'embed', head, { form })
  }
}
