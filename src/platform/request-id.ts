import { AsyncLocalStorage } from 'node:async_hooks'

/** Follows the call chain of a request, so that each line of the log can name it. */
const requestIds = new AsyncLocalStorage<string | undefined>()

export function withRequestId<Result>(id: string, work: () => Result): Result {
  return requestIds.run(id, work)
}

/** For background work that a request has triggered: it goes on after the request, and serves others. */
export function outsideRequests<Result>(work: () => Result): Result {
  return requestIds.run(undefined, work)
}

export function currentRequestId(): string | undefined {
  return requestIds.getStore()
}
