import type { RequestHandler } from 'express'
import { paths } from '../../publication/urls.ts'
import { digestChoices, topicChoices } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { sendPage } from './page.ts'
import { formWording } from './wording.ts'

/** A form to copy into the pages of another site: plain HTML that needs no script, no cookie and no style of ours. */
export function showEmbed(site: SiteContext): RequestHandler {
  return async (_request, response) => {
    const publication = site.publication()
    const form = await site.pages.render('embedded-form', {
      publication: { title: publication.title, url: publication.url },
      digests: digestChoices(publication, publication.digests.size === 1 ? [...publication.digests.keys()] : []),
      topic_choices: topicChoices(publication, []),
      wording: formWording,
    })
    const head = {
      title: 'The form, for your own pages',
      description: `A form to subscribe to ${publication.title}.`,
      path: paths.embed,
    }
    await sendPage(site, response, 'embed', head, { form })
  }
}
