import type { House } from '../app.ts'
import { nothingToShow, previewIssue } from '../digests/preview.ts'
import { definitionOf } from '../digests/room.ts'
import type { DigestDefinition } from '../publication/publication.ts'
import { StartFailure } from '../start-failure.ts'
import type { AddCommand } from './edges.ts'
import { withHouse } from './with-house.ts'

export const previewCommand: AddCommand = (program, edges) => {
  program
    .command('preview <digest>')
    .description('show what the next issue would be; changes nothing')
    .option('--html', 'the HTML part')
    .option('--json', 'subject, html, text, bytes, articles and warnings as JSON')
    .action(async (name: string, options: { html?: true; json?: true }) => {
      await withHouse(edges, async (house) => {
        const preview = await previewIssue(house.digests, digestCalled(house, name))
        if (!preview) throw new StartFailure([`${name}: ${nothingToShow}`])
        if (options.json) return edges.say(`${JSON.stringify(preview, null, 2)}\n`)
        for (const warning of preview.warnings) edges.complain(`broadsheet: ${warning}\n`)
        edges.say(options.html ? `${preview.html}\n` : `Subject: ${preview.subject}\nSize: ${preview.bytes} bytes\n\n${preview.text}\n`)
      })
    })
}

/** The definition of that name. Throws a StartFailure that lists those there are. */
export function digestCalled(house: House, name: string): DigestDefinition {
  const definition = definitionOf(house.digests, name)
  if (definition) return definition
  const names = [...house.publication.current().digests.keys()]
  const there = names.length > 0 ? `there are: ${names.join(', ')}` : 'it defines none'
  throw new StartFailure([`there is no digest called ${name} in publication.yaml; ${there}`])
}
