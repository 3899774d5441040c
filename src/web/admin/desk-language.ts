import { AsyncLocalStorage } from 'node:async_hooks'
import type { Request, RequestHandler, Response } from 'express'
import type { Messages } from '../../platform/messages.ts'
import type { Publication } from '../../publication/publication.ts'
import { inLanguage } from '../../publication/reader-language.ts'
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
 * The language of the desk's own words: the operator's, else the first of Accept-Language (RFC 9110 §12.5.4). One whose file has no words of
 * the desk is passed over, so that no page claims a language that it does not speak. English is the last resort.
 */
export function deskLanguage(): string {
  const asked = speaking.getStore()
  if (!asked) return 'en'
  const { messages, request, response } = asked
  const accepted = request.acceptsLanguages().slice(0, 20)
  return (
    [signedIn(response).language, ...accepted].find((tag) => tag !== '' && isLanguage(tag) && messages.has(tag, 'desk.rail.today')) ?? 'en'
  )
}

/** The publication as the desk shows it: dates are written in the desk's language. */
export function inDeskLanguage(publication: Publication): Publication {
  return inLanguage(publication, deskLanguage())
}

/** Intl throws for other texts, and a header may hold any. */
function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
