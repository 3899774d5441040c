import type { Request, RequestHandler, Response } from 'express'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { previewIssue } from '../../digests/edition/preview.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { dropNextNote, faultsIn, type NoteSaved, type NoteState, nextNote, saveNextNote } from '../../digests/notes/edit-note.ts'
import { changeHeldNote, noteOfIssue, previewHeldNote } from '../../digests/notes/held-note.ts'
import { emptyNote, type Note, type NoteFault } from '../../digests/notes/note.ts'
import { noteFrom } from '../../digests/notes/note-body.ts'
import { writeNote } from '../../digests/notes/write-note.ts'
import type { Actor } from '../../platform/actor.ts'
import { inScheme, messagePolicy, messageSandbox, withBlankTarget } from '../../platform/http/preview-sandbox.ts'
import { localPath, paths } from '../../publication/urls.ts'
import { type DeskContext, reasonWords, sendDeskPage, words } from './desk-page.ts'
import { textIn } from './forms.ts'
import { actorOf } from './signed-in.ts'

/** Whose note is edited: that of the next issue of a digest, or that of a held issue. */
interface Edited {
  readonly title: string
  /** The page of the digest or the issue, below the publication. */
  readonly path: string
  readonly frame: string
  readonly number: number | undefined
  read(): Promise<NoteState>
  /** The HTML part with a note that is not saved. */
  preview(note: Note): Promise<{ readonly html: string } | { readonly refused: string } | undefined>
  save(note: Note | undefined, seen: readonly string[], by: Actor): Promise<NoteSaved | { readonly status: 'unknown' }>
}

type Find = (digests: DigestsContext, name: string) => Promise<Edited | undefined>

const nextOf: Find = async (digests, name) => {
  const definition = definitionOf(digests, name)
  if (!definition) return undefined
  const path = paths.adminDigest(name)
  return {
    title: definition.title,
    path,
    frame: `${path}/frame/desktop`,
    number: undefined,
    read: () => nextNote(digests, definition),
    preview: (note) => previewIssue(digests, definition, { note: writeNote(note) }),
    save: (note, seen, by) => (note ? saveNextNote(digests, definition, note, seen, by) : dropNextNote(digests, definition, seen, by)),
  }
}

const heldIssue: Find = async (digests, id) => {
  const issue = (await findIssue(digests, id))?.issue
  if (issue?.state !== 'held') return undefined
  const path = paths.adminIssue(id)
  return {
    title: issue.content.digestTitle,
    path,
    frame: `${path}/frame`,
    number: issue.number,
    read: async () => noteOfIssue((await findIssue(digests, id))?.issue ?? issue),
    preview: (note) => previewHeldNote(digests, id, note),
    save: (note, seen, by) => changeHeldNote(digests, id, note, seen, by),
  }
}

/** The handlers of the page of a note: the next one of a digest at `/digests/NAME/note`, or that of a held issue. */
export function noteHandlers(desk: DeskContext, kind: 'digest' | 'issue') {
  const find = kind === 'digest' ? nextOf : heldIssue
  const withNote =
    (act: (edited: Edited, request: Request, response: Response) => Promise<void>): RequestHandler<{ name: string }> =>
    async (request, response) => {
      const edited = await find(desk.digests, request.params.name)
      if (edited) return act(edited, request, response)
      response.status(404)
      const head = { title: words(desk, 'note.unknown'), place: 'digests' } as const
      await sendDeskPage(desk, response, 'message', head, { text: words(desk, 'note.unknown_text') })
    }
  return {
    show: withNote(async (edited, request, response) => {
      const state = await edited.read()
      await sendNotePage(desk, response, edited, {
        state,
        note: state.note ?? emptyNote,
        seen: state.tag,
        isSaved: request.query.done === 'saved',
      })
    }),
    save: withNote((edited, request, response) => save(desk, request, response, edited, noteIn(request))),
    useFile: withNote((edited, request, response) => save(desk, request, response, edited, undefined)),
    frame: withNote((edited, request, response) => sendFrame(desk, response, edited, noteIn(request))),
    download: withNote(async (edited, _request, response) => {
      response
        .attachment('next.md')
        .type('text/markdown; charset=utf-8')
        .send((await edited.read()).text)
    }),
  }
}

/** The note of a posted form. Lists have one article on each line. */
function noteIn(request: Request): Note {
  const lines = (name: string) => textIn(request, name).split(/[\n,]/).slice(0, 200)
  return noteFrom({
    subject: textIn(request, 'subject'),
    preheader: textIn(request, 'preheader'),
    lead: textIn(request, 'lead'),
    order: lines('order'),
    postpone: lines('postpone'),
    exclude: lines('exclude'),
    cta: textIn(request, 'cta'),
    cta_label: textIn(request, 'cta_label'),
    cta_url: textIn(request, 'cta_url'),
    send_without_articles: textIn(request, 'send_without_articles') !== '',
    body: textIn(request, 'body'),
  })
}

async function save(desk: DeskContext, request: Request, response: Response, edited: Edited, note: Note | undefined): Promise<void> {
  const saved = await edited.save(note, [textIn(request, 'seen')], actorOf(response))
  switch (saved.status) {
    case 'saved':
      return response.redirect(303, `${localPath(desk.publication(), edited.path)}/note?done=saved`)
    case 'changed':
      response.status(412)
      return sendNotePage(desk, response, edited, {
        state: saved.state,
        note: note ?? saved.state.note ?? emptyNote,
        seen: saved.state.tag,
        isConflict: true,
      })
    case 'invalid': {
      response.status(422)
      const state = await edited.read()
      return sendNotePage(desk, response, edited, { state, note: note ?? emptyNote, seen: textIn(request, 'seen'), faults: saved.faults })
    }
    default: {
      response.status(409)
      const state = await edited.read()
      const reason = 'reason' in saved ? saved.reason : words(desk, 'note.unknown_text')
      const faults: NoteFault[] = [{ severity: 'error', field: undefined, line: undefined, reason }]
      return sendNotePage(desk, response, edited, { state, note: note ?? state.note ?? emptyNote, seen: state.tag, faults })
    }
  }
}

interface NotePage {
  readonly state: NoteState
  /** What the form shows. */
  readonly note: Note
  /** The entity tag of what the editor has seen. */
  readonly seen: string
  readonly isSaved?: boolean
  /** Somebody else has saved meanwhile: the page shows both texts. */
  readonly isConflict?: boolean
  readonly faults?: readonly NoteFault[]
}

async function sendNotePage(desk: DeskContext, response: Response, edited: Edited, page: NotePage): Promise<void> {
  const { state, note, seen, isSaved = false, isConflict = false, faults = [] } = page
  const href = localPath(desk.publication(), edited.path)
  const title =
    edited.number === undefined
      ? words(desk, 'note.title', { digest: edited.title })
      : words(desk, 'note.title_issue', { digest: edited.title, number: edited.number })
  const ofFile = state.source === 'file' ? (state.file?.faults ?? []) : []
  await sendDeskPage(
    desk,
    response,
    'note',
    { title, place: edited.number === undefined ? 'digests' : 'issues' },
    {
      back: { href, title: edited.title },
      action: `${href}/note`,
      note: {
        subject: note.subject ?? '',
        preheader: note.preheader ?? '',
        lead: note.lead ?? '',
        order: note.order.join('\n'),
        postpone: note.postpone.join('\n'),
        exclude: note.exclude.join('\n'),
        cta: note.cta ?? '',
        cta_label: note.ctaLabel ?? '',
        cta_url: note.ctaUrl ?? '',
        send_without_articles: note.sendWithoutArticles,
        body: note.body,
      },
      seen,
      source: state.source,
      file: state.file?.place ?? null,
      is_file_newer: state.isFileNewer,
      file_text: state.isFileNewer ? (state.file?.text ?? '') : null,
      is_saved: isSaved,
      is_held: edited.number !== undefined,
      conflict: isConflict ? state.text : null,
      faults: [...faults, ...ofFile].map(({ field, line, reason }) => ({
        field: field ?? null,
        line: line ?? null,
        reason: reasonWords(desk, reason),
      })),
      frame: localPath(desk.publication(), edited.frame),
      sandbox: messageSandbox,
    },
  )
}

/** The HTML part with the note of the form, which is not saved. A note with errors is not shown: the frame names them. */
async function sendFrame(desk: DeskContext, response: Response, edited: Edited, note: Note): Promise<void> {
  const faults = faultsIn(desk.digests, writeNote(note)).map(({ reason }) => reason)
  const preview = faults.length === 0 ? await edited.preview(note) : undefined
  response.set('Content-Security-Policy', messagePolicy())
  if (preview && 'html' in preview) response.type('html').send(withBlankTarget(inScheme(preview.html, 'light')))
  else response.type('text').send([...faults, ...(preview ? [preview.refused] : [])].join('\n') || words(desk, 'note.nothing_to_show'))
}
