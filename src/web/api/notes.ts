import type { Request, Response, Router } from 'express'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { dropNextNote, type NoteSaved, type NoteState, nextNote, type SeenTags, saveNextNote } from '../../digests/notes/edit-note.ts'
import { changeHeldNote, noteOfIssue } from '../../digests/notes/held-note.ts'
import type { Note, NoteFault } from '../../digests/notes/note.ts'
import { noteBody, noteFrom } from '../../digests/notes/note-body.ts'
import { noteJson, writeNote } from '../../digests/notes/write-note.ts'
import { entityTags } from '../../platform/http/preconditions.ts'
import { sendProblem } from '../../platform/http/problem.ts'
import { apiActor, requireScope } from './authorize.ts'
import { conflict, unknownDigest, unknownIssue } from './problems.ts'
import { readBody, readNoFields } from './request.ts'

type NamedRequest = Request<{ name: string }>
type IssueRequest = Request<{ id: string }>

/** The note of the next issue of a digest, and that of a held issue: read, write, and go back to the file. */
export function addNotes(routes: Router, digests: DigestsContext): void {
  routes.get('/digests/:name/note', requireScope('read'), (request, response) => showNext(digests, request, response))
  routes.put('/digests/:name/note', requireScope('send'), (request, response) => saveNext(digests, request, response))
  routes.delete('/digests/:name/note', requireScope('send'), (request, response) => dropNext(digests, request, response))
  routes.get('/issues/:id/note', requireScope('read'), (request, response) => showOfIssue(digests, request, response))
  routes.put('/issues/:id/note', requireScope('send'), (request, response) => saveOfIssue(digests, request, response))
  routes.delete('/issues/:id/note', requireScope('send'), (request, response) => dropOfIssue(digests, request, response))
}

async function showNext(digests: DigestsContext, request: NamedRequest, response: Response): Promise<void> {
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  sendNote(request, response, await nextNote(digests, definition))
}

async function saveNext(digests: DigestsContext, request: NamedRequest, response: Response): Promise<void> {
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  const body = readBody(noteBody, request, response)
  const seen = body && readSeen(request, response)
  if (!seen) return
  const note = noteFrom(body)
  answer(response, await saveNextNote(digests, definition, note, seen, apiActor(response)), note)
}

async function dropNext(digests: DigestsContext, request: NamedRequest, response: Response): Promise<void> {
  if (!readNoFields(request, response)) return
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  const seen = readSeen(request, response)
  if (seen) answer(response, await dropNextNote(digests, definition, seen, apiActor(response)), undefined)
}

async function showOfIssue(digests: DigestsContext, request: IssueRequest, response: Response): Promise<void> {
  const found = await findIssue(digests, request.params.id)
  if (found) sendNote(request, response, noteOfIssue(found.issue))
  else unknownIssue(response, request.params.id)
}

async function saveOfIssue(digests: DigestsContext, request: IssueRequest, response: Response): Promise<void> {
  const body = readBody(noteBody, request, response)
  if (body) await changeOfIssue(digests, request, response, noteFrom(body))
}

async function dropOfIssue(digests: DigestsContext, request: IssueRequest, response: Response): Promise<void> {
  if (readNoFields(request, response)) await changeOfIssue(digests, request, response, undefined)
}

async function changeOfIssue(digests: DigestsContext, request: IssueRequest, response: Response, note: Note | undefined): Promise<void> {
  if (!(await findIssue(digests, request.params.id))) return unknownIssue(response, request.params.id)
  const seen = readSeen(request, response)
  if (!seen) return
  const saved = await changeHeldNote(digests, request.params.id, note, seen, apiActor(response))
  if (saved.status === 'unknown') return unknownIssue(response, request.params.id)
  answer(response, saved, note)
}

/** Without If-Match the note of another editor would be lost (RFC 6585 §3). */
function readSeen(request: Request, response: Response): SeenTags | undefined {
  const header = request.get('If-Match')
  if (header?.trim() === '*') return '*'
  if (header !== undefined) return entityTags(header)
  const detail = 'send If-Match with the ETag of the note that you started from, or * to replace any'
  sendProblem(response, { status: 428, title: 'Precondition required', detail })
  return undefined
}

function sendNote(request: Request, response: Response, state: NoteState): void {
  response.set('ETag', state.tag)
  if (request.query.format === 'file') {
    response.attachment('next.md').type('text/markdown; charset=utf-8').send(state.text)
    return
  }
  response.json(stateJson(state))
}

function answer(response: Response, saved: NoteSaved, sent: Note | undefined): void {
  switch (saved.status) {
    case 'saved':
      response.set('ETag', saved.state.tag).json(stateJson(saved.state))
      return
    case 'changed':
      response.set('ETag', saved.state.tag)
      sendProblem(response, {
        status: 412,
        title: 'Changed meanwhile',
        detail: 'somebody else has changed the note: merge both texts, and send it with the new ETag',
        ...{ current: stateJson(saved.state), sent: sent ? { ...noteJson(sent), text: writeNote(sent) } : null },
      })
      return
    case 'invalid':
      refuseNote(response, saved.faults)
      return
    case 'refused':
      conflict(response, 'Not changed', saved.reason)
  }
}

/** 422 with every error of a note. */
export function refuseNote(response: Response, faults: readonly NoteFault[]): void {
  sendProblem(response, {
    status: 422,
    title: 'The note has errors',
    detail: faults.map(({ reason }) => reason).join('; '),
    errors: faults.map(({ field, reason }) => ({ field: field ?? 'body', reason })),
  })
}

/** A note with where it comes from. `file` applies if there is no draft. */
function stateJson({ text, note, source, file, isFileNewer, savedAt }: NoteState) {
  return {
    source,
    note: note ? noteJson(note) : null,
    text,
    file: file?.place ?? null,
    file_changed: isFileNewer,
    saved_at: savedAt?.toISOString() ?? null,
    errors: (source === 'file' ? (file?.faults ?? []) : []).map(({ severity, line, reason }) => ({ severity, line: line ?? null, reason })),
  }
}
