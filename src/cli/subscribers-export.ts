import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { byCommandLine } from '../platform/actor.ts'
import { Misuse } from '../platform/start-failure.ts'
import { exportFormats, exportSubscribers } from '../subscribers/export/export.ts'
import type { SegmentWords } from '../subscribers/segment.ts'
import type { AddCommand } from './context.ts'
import { exampleText } from './example-text.ts'
import { segmentOf, withSegmentOptions } from './segment-options.ts'
import { subscribersProgram } from './subscribers.ts'
import { withApp } from './with-app.ts'

interface ExportOptions extends SegmentWords {
  readonly format: string
  readonly json?: true
  readonly excel?: true
}

export const subscribersExportCommand: AddCommand = (program, context) => {
  const command = subscribersProgram(program)
    .command('export [file]')
    .description('write all subscribers with their proof of consent, to a file or to standard output')
  withSegmentOptions(command)
    .option('--format <format>', exportFormats.join(' or '), 'csv')
    .option('--json', 'the same as --format ndjson')
    .option('--excel', 'begin the CSV with a byte order mark, so that Excel for Windows shows every letter')
    .addHelpText('after', exampleText('subscribers export everybody.csv', 'subscribers export --state confirmed --format ndjson'))
    .action(async (name: string | undefined, options: ExportOptions) => {
      const format = exportFormats.find((one) => one === (options.json ? 'ndjson' : options.format))
      if (!format) throw new Misuse([`--format: must be one of ${exportFormats.join(', ')}`])
      if (options.excel && format !== 'csv') throw new Misuse(['--excel: only CSV has a byte order mark; leave out --json and --format'])
      await withApp(context, async ({ subscribers }) => {
        const text = exportSubscribers(subscribers, format, segmentOf(subscribers, options), {
          isForExcel: options.excel === true,
          by: byCommandLine,
        })
        if (name !== undefined) return writeWhole(text, resolve(context.folder, name))
        for await (const part of text) context.say(part)
      })
    })
}

/** Writes the whole file or none, readable only by its owner: it contains personal data. */
async function writeWhole(text: AsyncIterable<string>, file: string): Promise<void> {
  const unfinished = `${file}.unfinished`
  try {
    await pipeline(text, createWriteStream(unfinished, { mode: 0o600 }))
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
