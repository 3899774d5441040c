import { AsyncLocalStorage } from 'node:async_hooks'
import type { Request, RequestHandler, Response } from 'express'
import type { Messages } from '../../platform/messages.ts'
import { signedIn } from './signed-in.ts'

interface Speaking {
  readonly messages: Messages
  readonly request: Request
  readonly response: Response
}

/** The request that is being answered. Every word of every desk page needs its language, so it is not handed from verb to verb. */
const speaking = new AsyncLocalStorage<Speaking>()

/** What follows speaks the language of the operator who asks. */
export function speakLanguage({ messages }: { readonly messages: Messages }): RequestHandler {
  return (request, response, next) => speaking.run({ messages, request, response }, next)
}

/**
 * The language of the desk's own words: the operator's, else the first of Accept-Language (RFC 9110 §12.5.4) that has messages, else
 * English.
 */
export function deskLanguage(): string {
  const asked = speaking.getStore()
  if (!asked) return 'en'
  const { messages, request, response } = asked
  const accepted = request.acceptsLanguages().slice(0, 20)
  return (
    [signedIn(response).language, ...accepted].find((tag) => tag !== '' && isLanguage(tag) && messages.closest(tag) !== undefined) ?? 'en'
  )
}

/** Intl throws for other texts, and a header may hold any. */
function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
