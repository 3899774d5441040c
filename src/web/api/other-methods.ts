import type { RequestHandler, Router } from 'express'
import { answerOtherMethod } from '../../platform/http/method-not-allowed.ts'
import { sendProblem } from '../../platform/http/problem.ts'

/** 405 with Allow for a path of `routes` that lacks the method. Mount it after all of them. */
export function refuseOtherMethods(routes: Router): RequestHandler {
  return (request, response, next) => {
    const methods = new Set<string>()
    for (const { route, matchers } of routes.stack as unknown as readonly Layer[]) {
      if (!route || !matchers.some((match) => match(request.path))) continue
      for (const method of Object.keys(route.methods)) methods.add(method.toUpperCase())
    }
    if (methods.size === 0) return next()
    if (methods.has('GET')) methods.add('HEAD')
    return answerOtherMethod(request, response, [...methods].sort(), (allowed) => {
      const detail = `${request.baseUrl}${request.path} allows ${allowed}, not ${request.method}`
      sendProblem(response, { status: 405, title: 'Method not allowed', detail })
    })
  }
}

/** Express's internal record of a route. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> }
  readonly matchers: readonly ((path: string) => unknown)[]
}
