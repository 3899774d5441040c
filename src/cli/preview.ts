import type { App } from '../app/rest.ts'
import { definitionOf } from '../digests/context.ts'
import { nothingToShow, previewInFull } from '../digests/edition/preview.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { DigestDefinition } from '../publication/publication.ts'
import { type AddCommand, configOf } from './context.ts'
import { tellFindings } from './finding-formats.ts'
import { openInBrowser, withPicturesInside, writePreview } from './preview-file.ts'
import { withApp } from './with-app.ts'

export const previewCommand: AddCommand = (program, context) => {
  program
    .command('preview <digest>')
    .description('show what the next issue would be; changes nothing')
    .option('--html', 'the HTML part')
    .option('--json', 'subject, html, text, bytes, articles and warnings as JSON')
    .option('--open', 'in the browser: desktop, phone, dark, pictures off, plain text, inbox line, source, bytes')
    .action(async (name: string, options: { html?: true; json?: true; open?: true }) => {
      const { templatesFolder } = configOf(context)
      await withApp(context, async (app) => {
        const definition = digestCalled(app, name)
        const preview = await previewInFull(app.digests, definition, templatesFolder)
        if (!preview) throw new StartFailure([`${name}: ${nothingToShow}`])
        const { from, inboxLine, source, findings, ...plain } = preview
        const told = tellFindings(findings, 'text', context.folder)
        if (options.open) {
          const html = await withPicturesInside(preview.html, app)
          const path = await writePreview(definition.title, { ...preview, html }, templatesFolder, context.folder)
          const isOpen = await openInBrowser(path, context.env.BROWSER)
          context.say(isOpen ? `Opened ${path}\n` : `There is no browser to open it with: ${path}\n`)
          return
        }
        if (options.json) {
          const warnings = [...plain.warnings, ...told.split('\n').filter((line) => line !== '')]
          return context.say(`${JSON.stringify({ ...plain, warnings }, null, 2)}\n`)
        }
        for (const warning of preview.warnings) context.complain(`broadsheet: ${warning}\n`)
        context.complain(told)
        context.say(options.html ? `${preview.html}\n` : `Subject: ${preview.subject}\nSize: ${preview.bytes} bytes\n\n${preview.text}\n`)
      })
    })
}

/** The definition of that name. Throws a StartFailure that lists those there are. */
export function digestCalled(app: App, name: string): DigestDefinition {
  const definition = definitionOf(app.digests, name)
  if (definition) return definition
  const names = [...app.publication.current().digests.keys()]
  const there = names.length > 0 ? `there are: ${names.join(', ')}` : 'it defines none'
  throw new StartFailure([`there is no digest called ${name} in publication.yaml; ${there}`])
}
