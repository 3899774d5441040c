import type { Article, Picture } from '../../articles/article.ts'
import type { Words } from '../../platform/messages.ts'
import { longDate } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { runsRightToLeft } from '../../publication/text-direction.ts'
import { authorPath, localHref, localPath, paths, publicUrl } from '../../publication/urls.ts'

/** The values of an article in a list. */
export function cardOf(publication: Publication, article: Article) {
  return {
    title: article.title,
    direction: directionOf(publication, article),
    subtitle: article.subtitle ?? null,
    description: article.description,
    href: localPath(publication, paths.article(article.slug)),
    hero: article.hero ? pictureOf(publication, article.hero) : null,
    topics: article.topics.map((key, index) => ({
      label: article.topicLabels[index] ?? key,
      href: localPath(publication, paths.topic(key)),
    })),
    authors: article.authors.map((name) => {
      const path = authorPath(name)
      return { name, href: path === undefined ? null : localPath(publication, path) }
    }),
    read_minutes: article.readMinutes,
    date: longDate(publication, article.publishedAt),
    datetime: article.publishedAt.toISOString(),
  }
}

/**
 * A stated language beats the letters: an Arabic title may begin with `Node.js`. Without one the letters decide, because an article need
 * not be in the publication's language.
 */
export function directionOf(publication: Publication, { language }: Pick<Article, 'language'>): 'ltr' | 'rtl' | 'auto' {
  if (runsRightToLeft(language ?? publication.language)) return 'rtl'
  return language === undefined ? 'auto' : 'ltr'
}

/** The values of an article on its own page. */
export function storyOf(publication: Publication, article: Article, words: Words) {
  const { callToAction } = article
  const isUpdated = longDate(publication, article.updatedAt) !== longDate(publication, article.publishedAt)
  return {
    ...cardOf(publication, article),
    language: article.language ?? publication.language,
    html: article.html(),
    updated: isUpdated ? { date: longDate(publication, article.updatedAt), datetime: article.updatedAt.toISOString() } : null,
    call_to_action: callToAction
      ? {
          text: callToAction.text ?? null,
          label: callToAction.isLabelOurs ? words('email.read_on') : callToAction.label,
          href: targetOf(publication, article, callToAction.url),
        }
      : null,
  }
}

/** JSON-LD: the Article of schema.org. */
export function dataOf(publication: Publication, article: Article): object {
  return {
    '@context': 'https://schema.org',
    '@type': 'Article',
    headline: article.title,
    ...(article.subtitle === undefined ? {} : { alternativeHeadline: article.subtitle }),
    description: article.description,
    ...(article.hero ? { image: [article.hero.url] } : {}),
    datePublished: article.publishedAt.toISOString(),
    dateModified: article.updatedAt.toISOString(),
    ...(article.authors.length === 0
      ? {}
      : {
          author: article.authors.map((name) => {
            const path = authorPath(name)
            return { '@type': 'Person', name, ...(path === undefined ? {} : { url: publicUrl(publication, path) }) }
          }),
        }),
    publisher: { '@type': 'Organization', name: publication.title, url: publicUrl(publication, paths.home) },
    mainEntityOfPage: article.url,
    inLanguage: article.language ?? publication.language,
  }
}

/** On the article's own page, a link to the article points to its start. */
function targetOf(publication: Publication, article: Article, url: string): string {
  return url === article.url ? '#story' : localHref(publication, url)
}

function pictureOf(publication: Publication, { url, alt, file }: Picture) {
  return { src: localHref(publication, url), alt, width: file?.width ?? null, height: file?.height ?? null }
}
