import type { App } from '../app/rest.ts'
import { definitionOf } from '../digests/context.ts'
import { nothingToShow, previewInFull } from '../digests/edition/preview.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { DigestDefinition } from '../publication/publication.ts'
import { type AddCommand, configOf } from './context.ts'
import { exampleText } from './example-text.ts'
import { formatFindings } from './finding-formats.ts'
import { openInBrowser, withEmbeddedPictures, writePreview } from './preview-file.ts'
import { withApp } from './with-app.ts'

export const previewCommand: AddCommand = (program, context) => {
  program
    .command('preview <digest>')
    .description('show the next issue as it would be sent now; changes nothing')
    .option('--html', 'the HTML part')
    .option('--json', 'subject, html, text, bytes, articles and warnings as JSON')
    .option('--open', 'open it in the browser: desktop, phone, dark, pictures off, plain text, inbox line, source, bytes')
    .addHelpText('after', exampleText('preview weekly', 'preview weekly --open'))
    .action(async (name: string, options: { html?: true; json?: true; open?: true }) => {
      const { templatesFolder } = configOf(context)
      await withApp(context, async (app) => {
        const definition = digestNamed(app, name)
        const preview = await previewInFull(app.digests, definition, templatesFolder)
        if (!preview) throw new StartFailure([`${name}: ${nothingToShow}`])
        const { subject, html, text, bytes, articles, findings } = preview
        const findingText = formatFindings(findings, 'text', context.folder)
        if (options.open) {
          const embedded = await withEmbeddedPictures(html, app)
          const path = await writePreview(definition.title, { ...preview, html: embedded }, templatesFolder, context.folder)
          const isOpen = await openInBrowser(path, context.env.BROWSER)
          context.say(isOpen ? `Opened ${path}\n` : `No browser found. Open this file: ${path}\n`)
          return
        }
        if (options.json) {
          const warnings = [...preview.warnings, ...findingText.split('\n').filter((line) => line !== '')]
          return context.say(`${JSON.stringify({ subject, html, text, bytes, articles, warnings }, null, 2)}\n`)
        }
        for (const warning of preview.warnings) context.complain(`broadsheet: ${warning}\n`)
        context.complain(findingText)
        context.say(options.html ? `${html}\n` : `Subject: ${subject}\nSize: ${bytes} bytes\n\n${text}\n`)
      })
    })
}

/** Finds a digest by its name. Throws a StartFailure that lists the known names. */
export function digestNamed(app: App, name: string): DigestDefinition {
  const definition = definitionOf(app.digests, name)
  if (definition) return definition
  const names = [...app.publication.current().digests.keys()]
  const known = names.length > 0 ? `known digests: ${names.join(', ')}` : 'publication.yaml has no digests'
  throw new StartFailure([`unknown digest: ${name}; ${known}`])
}
