import type { Request, Response } from 'express'
import { z } from 'zod'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { findIssue } from '../../digests/issue/issues.ts'
import { dropNextNote, type NoteSaved, type NoteState, nextNote, type SeenTags, saveNextNote } from '../../digests/notes/edit-note.ts'
import { changeHeldNote, noteOfIssue } from '../../digests/notes/held-note.ts'
import type { Note, NoteFault } from '../../digests/notes/note.ts'
import { noteBody, noteFrom } from '../../digests/notes/note-body.ts'
import { noteStateJson, noteStateShape } from '../../digests/notes/note-state-json.ts'
import { noteJson, noteShape, writeNote } from '../../digests/notes/write-note.ts'
import { entityTags } from '../../platform/http/preconditions.ts'
import { sendProblem } from '../../platform/http/problem.ts'
import { apiActor } from './authorize.ts'
import type { Operations } from './operation.ts'
import { conflict, unknownDigest, unknownIssue, unprocessable } from './problems.ts'
import { readBody } from './request.ts'

type NamedRequest = Request<{ name: string }>
type IssueRequest = Request<{ id: string }>

const noteQuery = z.object({ format: z.enum(['json', 'file']).optional().describe('file: answer with the note as a file') })

/** What a problem with the status 412 says in addition, so that both texts can be merged. */
const changedShape = z.object({ current: noteStateShape, sent: noteShape.extend({ text: z.string() }).nullable() })

/** The note of the next issue of a digest, and that of a held issue: read, write, and go back to the file. */
export function addNotes(operations: Operations, digests: DigestsContext): void {
  const show = {
    scope: 'read',
    query: noteQuery,
    answers: { 200: { description: 'The note', shape: noteStateShape, types: ['text/markdown'], headers: ['ETag'] } },
  } as const
  const change = {
    scope: 'send',
    ifMatch: 'required',
    answers: { 200: { description: 'The note that applies now', shape: noteStateShape, headers: ['ETag'] } },
    problems: { 412: changedShape },
  } as const
  const ofDigest = { 404: 'Unknown digest' }
  const ofIssue = { 404: 'Unknown issue', 409: 'The issue is no longer held, or would have no article' }
  operations.add(
    { ...show, id: 'getNote', call: 'GET /digests/:name/note', summary: 'Show the note of the next issue', errors: ofDigest },
    (request, response) => showNext(digests, request, response),
  )
  operations.add(
    {
      ...change,
      id: 'saveNote',
      call: 'PUT /digests/:name/note',
      summary: 'Save the note of the next issue as the draft of the desk',
      body: noteBody,
      isBodyOptional: true,
      errors: ofDigest,
    },
    (request, response) => saveNext(digests, request, response),
  )
  operations.add(
    {
      ...change,
      id: 'deleteNote',
      call: 'DELETE /digests/:name/note',
      summary: 'Delete the draft, so that the file applies',
      errors: ofDigest,
    },
    (request, response) => dropNext(digests, request, response),
  )
  operations.add(
    {
      ...show,
      id: 'getIssueNote',
      call: 'GET /issues/:id/note',
      summary: 'Show the note of an issue',
      errors: { 404: 'Unknown issue' },
    },
    (request, response) => showOfIssue(digests, request, response),
  )
  operations.add(
    {
      ...change,
      id: 'saveIssueNote',
      call: 'PUT /issues/:id/note',
      summary: 'Change the note of a held issue',
      description: 'The issue then waits for approval again.',
      body: noteBody,
      isBodyOptional: true,
      errors: ofIssue,
    },
    (request, response) => saveOfIssue(digests, request, response),
  )
  operations.add(
    {
      ...change,
      id: 'deleteIssueNote',
      call: 'DELETE /issues/:id/note',
      summary: 'Give a held issue the note of the files',
      errors: ofIssue,
    },
    (request, response) => dropOfIssue(digests, request, response),
  )
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
  await changeOfIssue(digests, request, response, undefined)
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
  const query = noteQuery.safeParse(request.query)
  if (!query.success) {
    unprocessable(response, 'format', 'must be json or file')
    return
  }
  response.set('ETag', state.tag)
  if (query.data.format === 'file') {
    response.attachment('next.md').type('text/markdown; charset=utf-8').send(state.text)
    return
  }
  response.json(noteStateJson(state))
}

function answer(response: Response, saved: NoteSaved, sent: Note | undefined): void {
  switch (saved.status) {
    case 'saved':
      response.set('ETag', saved.state.tag).json(noteStateJson(saved.state))
      return
    case 'changed':
      response.set('ETag', saved.state.tag)
      sendProblem(response, {
        status: 412,
        title: 'Changed meanwhile',
        detail: 'somebody else has changed the note: merge both texts, and send it with the new ETag',
        ...{ current: noteStateJson(saved.state), sent: sent ? { ...noteJson(sent), text: writeNote(sent) } : null },
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
