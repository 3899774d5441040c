import type { RequestHandler } from 'express'
import { readerLanguage } from '../../publication/reader-language.ts'
import { paths } from '../../publication/urls.ts'
import { digestChoices, languageLinks, pathIn, topicChoices } from './choices-view.ts'
import type { SiteContext } from './context.ts'
import { firstOf } from './form.ts'
import { sendPage } from './page.ts'
import { formWording } from './wording.ts'
import { wordsOf } from './words.ts'

/** A sign-up form to copy into other sites: plain HTML without script, cookie or style. */
export function showEmbed(site: SiteContext): RequestHandler {
  return async (request, response) => {
    const publication = site.publication()
    const language = readerLanguage(publication, firstOf(request.query, 'language'))
    const words = wordsOf(site, language)
    const languages = languageLinks(publication, paths.embed, language)
    const form = await site.pages.render('embedded-form', {
      language,
      languages,
      publication: { title: publication.title, url: publication.url },
      digests: digestChoices(site, publication.digests.size === 1 ? [...publication.digests.keys()] : [], language),
      topic_choices: topicChoices(publication, []),
      wording: formWording(words),
    })
    const head = {
      title: words('site.embed.title'),
      description: words('site.embed.description', { publication: publication.title }),
      path: pathIn(publication, paths.embed, language),
      language,
    }
    await sendPage(site, response, 'embed', head, { form, languages })
  }
}
