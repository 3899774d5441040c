import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { App } from '../app/rest.ts'
import { dropNextNote, type NoteSaved, type NoteState, nextNote, saveNextNote } from '../digests/notes/edit-note.ts'
import { changeHeldNote, noteOfIssue } from '../digests/notes/held-note.ts'
import { emptyNote, type Note } from '../digests/notes/note.ts'
import { noteStateJson } from '../digests/notes/note-state-json.ts'
import { readNote } from '../digests/notes/read-note.ts'
import { byCommandLine } from '../platform/actor.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { exampleText } from './example-text.ts'
import { isIssueName, issueNamed } from './issues.ts'
import { digestNamed } from './preview.ts'
import { withApp } from './with-app.ts'

interface Json {
  readonly json?: true
}

/** `NAME` is a digest, for its next issue, or an issue as `DIGEST/NUMBER`. */
export const notesCommand: AddCommand = (program, context) => {
  const notes = program.command('notes').description('show, save and delete the note of the next issue, or of a held one')
  notes
    .command('show <name>')
    .description('print the note of the next issue of a digest, or of an issue as DIGEST/NUMBER')
    .option('--json', 'as JSON')
    .addHelpText('after', exampleText('notes show weekly', 'notes show weekly/12'))
    .action(async (name: string, options: Json) => {
      await withApp(context, async (app) => {
        const state = await noteNamed(app, name)
        if (options.json) return context.say(`${JSON.stringify(noteStateJson(state))}\n`)
        if (state.source === 'none') context.complain('broadsheet: there is no note\n')
        context.say(state.text)
      })
    })
  notes
    .command('save <name> <file>')
    .description('save a file as the draft of the next issue, or as the note of a held issue')
    .option('--json', 'print the note as JSON')
    .addHelpText('after', exampleText('notes save weekly note.md', 'notes save weekly/12 note.md'))
    .action(async (name: string, file: string, options: Json) => {
      const note = await readNoteAt(resolve(context.folder, file))
      await withApp(context, async (app) => {
        const saved = isIssueName(name)
          ? await changeHeldNote(app.digests, (await issueNamed(app, name)).issue.id, note, '*', byCommandLine)
          : await saveNextNote(app.digests, digestNamed(app, name), note, '*', byCommandLine)
        sayState(context, saved, options, `The note of ${name} is saved.`)
      })
    })
  notes
    .command('delete <name>')
    .description('delete the draft, or the changes to the note of a held issue: the files apply')
    .option('--json', 'print the note that applies as JSON')
    .addHelpText('after', exampleText('notes delete weekly'))
    .action(async (name: string, options: Json) => {
      await withApp(context, async (app) => {
        const saved = isIssueName(name)
          ? await changeHeldNote(app.digests, (await issueNamed(app, name)).issue.id, undefined, '*', byCommandLine)
          : await dropNextNote(app.digests, digestNamed(app, name), '*', byCommandLine)
        sayState(context, saved, options, `The note of the files applies to ${name}.`)
      })
    })
}

async function noteNamed(app: App, name: string): Promise<NoteState> {
  return isIssueName(name) ? noteOfIssue((await issueNamed(app, name)).issue) : nextNote(app.digests, digestNamed(app, name))
}

/** Reads a note from a file of any folder. Throws a StartFailure with every error. */
export async function readNoteAt(path: string): Promise<Note> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartFailure([`${path} cannot be read (${error.code})`], { cause: error })
  })
  const { note, faults } = readNote(text)
  const errors = faults.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new StartFailure(errors.map(({ line, reason }) => `${path}:${line ?? 1}: ${reason}`))
  return note ?? emptyNote
}

function sayState(context: CommandContext, saved: NoteSaved | { readonly status: 'unknown' }, options: Json, sentence: string): void {
  switch (saved.status) {
    case 'saved':
      context.say(options.json ? `${JSON.stringify(noteStateJson(saved.state))}\n` : `${sentence}\n`)
      return
    case 'invalid':
      throw new StartFailure(saved.faults.map(({ field, reason }) => (field === undefined ? reason : `${field}: ${reason}`)))
    case 'refused':
      throw new StartFailure([saved.reason])
    default:
      throw new StartFailure(['somebody else has just changed it: try again'])
  }
}
