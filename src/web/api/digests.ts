import type { Request, Response } from 'express'
import { z } from 'zod'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { nothingToShow, previewInFull, sendTest } from '../../digests/edition/preview.ts'
import { previewJson, previewShape } from '../../digests/edition/preview-json.ts'
import { digestShape, digestsJson } from '../../digests/issue/digest-json.ts'
import { holdNextIssue, releaseNextIssue } from '../../digests/issue/hold-next.ts'
import { noteBody, noteFrom } from '../../digests/notes/note-body.ts'
import { writeNote } from '../../digests/notes/write-note.ts'
import type { Json } from '../../platform/json-shape.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import { countReaders } from '../../subscribers/readers.ts'
import { listOf } from './answers.ts'
import { apiActor } from './authorize.ts'
import { maskedIssue } from './issue-for.ts'
import type { Operations } from './operation.ts'
import type { pageOf } from './paging.ts'
import { conflict, unknownDigest, unprocessable } from './problems.ts'
import { readBody } from './request.ts'

export interface DigestsApiContext {
  readonly digests: DigestsContext
  readonly subscribers: SubscribersContext
  readonly templatesFolder: string
}

type NamedRequest = Request<{ name: string }>

/** With a note, the preview shows that one: nothing is saved. */
const previewBody = z.strictObject({ note: noteBody.optional() })
const testBody = z.strictObject({ to: z.string().min(3).max(320) })

/** The digests of publication.yaml, a preview of the next issue, and a test mail of it. */
export function addDigests(operations: Operations, context: DigestsApiContext): void {
  operations.add(
    {
      id: 'listDigests',
      call: 'GET /digests',
      scope: 'read',
      summary: 'List the digests, with next slot, last issue and readers',
      answers: { 200: listOf(digestShape, 'All digests of publication.yaml') },
    },
    (_request, response) => list(context, response),
  )
  const held = { 200: { description: 'Whether it is held', shape: z.object({ held: z.boolean() }) } }
  operations.add(
    {
      id: 'holdDigest',
      call: 'POST /digests/:name/hold',
      scope: 'send',
      summary: 'Hold the next scheduled issue until it is approved',
      answers: held,
      errors: { 404: 'Unknown digest' },
    },
    (request, response) => hold(context, request, response),
  )
  operations.add(
    {
      id: 'releaseDigest',
      call: 'POST /digests/:name/release',
      scope: 'send',
      summary: 'Let the next scheduled issue go as the settings say',
      answers: held,
      errors: { 404: 'Unknown digest' },
    },
    (request, response) => release(context, request, response),
  )
  operations.add(
    {
      id: 'previewDigest',
      call: 'POST /digests/:name/preview',
      scope: 'read',
      summary: 'Show what the next issue would be',
      description: 'Nothing is saved. With a note, the preview shows that one.',
      body: previewBody,
      isBodyOptional: true,
      answers: { 200: { description: 'The preview', shape: previewShape } },
      errors: { 404: 'Unknown digest', 409: 'The digest has no articles yet' },
    },
    (request, response) => preview(context, request, response),
  )
  operations.add(
    {
      id: 'testDigest',
      call: 'POST /digests/:name/test',
      scope: 'send',
      summary: 'Send the next issue to one address',
      body: testBody,
      answers: {
        202: { description: 'The message is queued', shape: z.object({ mailing: z.string().describe('The id of the mailing') }) },
      },
      errors: { 404: 'Unknown digest', 422: 'The address is wrong, or the digest has no articles yet' },
    },
    (request, response) => test(context, request, response),
  )
}

async function list({ digests, subscribers }: DigestsApiContext, response: Response): Promise<void> {
  const readers = await countReaders(subscribers)
  const found = await digestsJson(digests, readers)
  const items = found.map((one) => ({ ...one, last_issue: one.last_issue && maskedIssue(response, one.last_issue) }))
  response.json({ items, next: null } satisfies Json<ReturnType<typeof pageOf<typeof digestShape>>>)
}

async function hold({ digests }: DigestsApiContext, request: NamedRequest, response: Response): Promise<void> {
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  await holdNextIssue(digests, definition, apiActor(response))
  response.json({ held: true })
}

async function release({ digests }: DigestsApiContext, request: NamedRequest, response: Response): Promise<void> {
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  await releaseNextIssue(digests, definition.name, apiActor(response))
  response.json({ held: false })
}

async function preview({ digests, templatesFolder }: DigestsApiContext, request: NamedRequest, response: Response): Promise<void> {
  const body = readBody(previewBody, request, response)
  if (!body) return
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  const note = body.note && writeNote(noteFrom(body.note))
  const rendered = await previewInFull(digests, definition, templatesFolder, { note })
  if (rendered) response.json(previewJson(rendered, { contentFolder: digests.publication().contentFolder, templatesFolder }))
  else conflict(response, 'Nothing to preview', nothingToShow)
}

async function test({ digests }: DigestsApiContext, request: NamedRequest, response: Response): Promise<void> {
  const definition = definitionOf(digests, request.params.name)
  if (!definition) return unknownDigest(response, request.params.name)
  const body = readBody(testBody, request, response)
  if (!body) return
  const tested = await sendTest(digests, definition, body.to, apiActor(response))
  if (tested.status === 'invalid') return unprocessable(response, 'to', tested.reason)
  response.status(202).json({ mailing: tested.mailingId })
}
