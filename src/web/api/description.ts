import { z } from 'zod'
import { describeApi } from './openapi.ts'
import type { DescribedRoutes } from './operation.ts'
import { referencePage } from './reference-page.ts'

/**
 * The description of the API, for programs and for people. Both are written from the operations when they are asked for, and need no token:
 * they say nothing about this publication but its address, which `serverUrl` gives.
 */
export function addDescription(operations: DescribedRoutes, serverUrl: () => string): void {
  let written: { readonly server: string; readonly document: object } | undefined
  const documentNow = () => {
    const server = serverUrl()
    if (written?.server !== server) written = { server, document: describeApi(operations.described, server) }
    return written.document
  }
  const getOpenApi = {
    id: 'getOpenApi',
    call: 'GET /openapi.json',
    scope: null,
    summary: 'Describe the API for programs (OpenAPI 3.1)',
    answers: { 200: { description: 'This document', shape: z.object({ openapi: z.string() }) } },
  } as const
  operations.add(getOpenApi, (_request, response) => {
    response.set('Cache-Control', 'no-cache').json(documentNow())
  })
  const getReference = {
    id: 'getReference',
    call: 'GET /docs',
    scope: null,
    summary: 'Describe the API for people',
    answers: { 200: { description: 'A page without scripts', types: ['text/html'] } },
  } as const
  operations.add(getReference, (_request, response) => {
    response.set('Cache-Control', 'no-cache')
    response.set('Content-Security-Policy', "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
    response.set('X-Robots-Tag', 'noindex')
    response.type('html').send(referencePage(documentNow()))
  })
}
