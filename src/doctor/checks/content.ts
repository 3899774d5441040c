import { join } from 'node:path'
import { lintArticles } from '../../articles/lint.ts'
import { lintAll } from '../../digests/edition/lint.ts'
import { type Finding as ContentFinding, placeIn, textOf } from '../../platform/finding.ts'
import { yieldToEventLoop } from '../../platform/yield-to-event-loop.ts'
import type { Check } from '../check.ts'
import { fail, ok, warn } from '../line.ts'

/** Findings that are told in full; `check` tells all. */
const shown = 3

/** Reading an article takes milliseconds, in which a server answers nobody. `check` reads all, in a process of its own. */
const maxRead = 200

/** What `broadsheet check` finds in articles, `publication.yaml` and templates. */
export const contentCheck: Check = {
  id: 'content',
  title: 'Articles and templates',
  async run({ publication, articles, render, settings, now, signal }) {
    const { templatesFolder } = settings
    const { contentFolder, articlesFolder } = publication
    const unread = articles.problems.map(
      ({ severity, path, line, field, reason }): ContentFinding => ({ severity, file: join(articlesFolder, path), line, field, reason }),
    )
    const newest = articles.articles.slice(0, maxRead)
    const findings = [...unread, ...(await lintAll(publication, articles, render, templatesFolder, now, []))]
    for (const article of newest) {
      if (signal.aborted) break
      findings.push(...(await lintArticles(publication, articles, [article])))
      await yieldToEventLoop()
    }
    const asked = `publication.yaml, templates and the newest ${newest.length} articles`
    const errors = findings.filter(({ severity }) => severity === 'error')
    const warnings = findings.filter(({ severity }) => severity === 'warning')
    const answered = `${errors.length} errors, ${warnings.length} warnings`
    const worst = errors.length > 0 ? errors : warnings
    if (worst.length === 0) return [ok(asked, answered)]
    const words = worst.slice(0, shown).map((one) => {
      const place = placeIn(one, { contentFolder, templatesFolder })
      return place === '' ? textOf(one) : `${place}: ${textOf(one)}`
    })
    const rest = worst.length > shown ? `, and ${worst.length - shown} more` : ''
    return [
      (errors.length > 0 ? fail : warn)(asked, answered, `${words.join('; ')}${rest}.`, { kind: 'command', text: 'npx broadsheet check' }),
    ]
  },
}
