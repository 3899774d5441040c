import type { Finding } from '../platform/finding.ts'
import { topicKey } from '../publication/keys.ts'
import type { Publication } from '../publication/publication.ts'
import { publicationFileName } from '../publication/read.ts'
import type { Article } from './article.ts'
import { foreignTopics } from './front-matter/fields.ts'
import { placeOfField } from './lint.ts'

/** Reports different topic names that share a key, because they share one page, feed and edition. */
export async function lintTopics(publication: Publication, articles: readonly Article[]): Promise<Finding[]> {
  const uses = new Map<string, Map<string, { readonly name: string; readonly article: Article | undefined }>>()
  const note = (name: string, article: Article | undefined) => {
    const key = topicKey(name)
    const spellings = uses.get(key) ?? new Map()
    uses.set(key, spellings)
    const spelling = spellingOf(name)
    if (!spellings.has(spelling)) spellings.set(spelling, { name, article })
  }
  for (const key of publication.topics.keys()) note(key, undefined)
  for (const article of articles) for (const name of article.writtenTopics) note(name, article)
  const findings: Finding[] = []
  for (const [key, spellings] of uses) {
    const [first, ...others] = spellings.values()
    for (const { name, article } of others) {
      if (!first || !article) continue
      const other = first.article ? ` in ${first.article.path}` : ` in ${publicationFileName}`
      const reason = `"${name}" and "${first.name}"${other} are one topic, with the key ${key}: one page, one feed`
      findings.push({
        severity: 'notice',
        ...(await placeOfField(publication, article, 'topics', ...foreignTopics)),
        field: 'topics',
        reason,
      })
    }
  }
  return findings
}

/** A name without differences in case, spaces and common punctuation. */
function spellingOf(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s\p{Pd}_.,:;/\\'"’‘“”()]+/gu, ' ')
    .trim()
}
