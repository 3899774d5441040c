import type { Request, Response, Router } from 'express'
import { z } from 'zod'
import { type DigestsContext, definitionOf } from '../../digests/context.ts'
import { nothingToShow, previewInFull, sendTest } from '../../digests/edition/preview.ts'
import { previewJson } from '../../digests/edition/preview-json.ts'
import { lastIssueOf } from '../../digests/issue/issues.ts'
import { noteBody, noteFrom } from '../../digests/notes/note-body.ts'
import { writeNote } from '../../digests/notes/write-note.ts'
import { nextSlot } from '../../digests/schedule/slots.ts'
import type { SubscribersContext } from '../../subscribers/context.ts'
import { countReaders } from '../../subscribers/readers.ts'
import { apiActor, requireScope } from './authorize.ts'
import { issueFor } from './issue-for.ts'
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
export function addDigests(routes: Router, context: DigestsApiContext): void {
  routes.get('/digests', requireScope('read'), (_request, response) => list(context, response))
  routes.post('/digests/:name/preview', requireScope('read'), (request, response) => preview(context, request, response))
  routes.post('/digests/:name/test', requireScope('send'), (request, response) => test(context, request, response))
}

async function list({ digests, subscribers }: DigestsApiContext, response: Response): Promise<void> {
  const { digests: definitions, timezone } = digests.publication()
  const readers = await countReaders(subscribers)
  const items = await Promise.all(
    [...definitions.values()].map(async (definition) => {
      const last = await lastIssueOf(digests, definition.name)
      return {
        name: definition.name,
        title: definition.title,
        schedule: definition.schedule.kind === 'cron' ? definition.schedule.expression : 'on_publish',
        topics: definition.topics,
        next_slot: nextSlot(definition, timezone, digests.clock.now())?.toISOString() ?? null,
        last_issue: last ? issueFor(response, last) : null,
        readers: readers.get(definition.name) ?? 0,
      }
    }),
  )
  response.json({ items, next: null })
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
