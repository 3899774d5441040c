import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler } from 'express'
import type { Messages } from '../../platform/messages.ts'
import type { Publication } from '../../publication/publication.ts'
import { inLanguage } from '../../publication/reader-language.ts'
import { signedIn } from './signed-in.ts'

/** The language in which the present request is answered. Read late: who asks is known only after the session check. */
type Speaking = () => string

interface LanguageContext {
  readonly messages: Pick<Messages, 'has'>
  readonly publication: () => Publication
}

/** Every word of every desk page needs its language, so it is not handed from verb to verb. */
const speaking = new AsyncLocalStorage<Speaking>()

/** What follows speaks the language of the operator who asks. */
export function speakLanguage(context: LanguageContext): RequestHandler {
  return (request, response, next) =>
    speaking.run(() => languageFor(context, [signedIn(response).language, ...request.acceptsLanguages().slice(0, 20)]), next)
}

/** What `act` writes is in `language`: for work that no request asks for, such as a live stream. */
export function speakIn<Result>(language: string, act: () => Result): Result {
  return speaking.run(() => language, act)
}

/**
 * The language of the desk's own words: the operator's, else the first of Accept-Language (RFC 9110 §12.5.4), else the publication's. One
 * without words of the desk is passed over, so that no page claims a language that it does not speak. English is the last resort.
 */
export function deskLanguage(): string {
  return speaking.getStore()?.() ?? 'en'
}

function languageFor({ messages, publication }: LanguageContext, wanted: readonly string[]): string {
  const speaks = (tag: string) => tag !== '' && isLanguage(tag) && messages.has(tag, 'desk.rail.today')
  return wanted.find(speaks) ?? [publication().language].find(speaks) ?? 'en'
}

/**
 * The same context for the pages of the desk: its publication writes dates, numbers and schedules in the operator's language. Routes get no
 * other one, so no page can forget it.
 */
export function inDeskLanguage<Context extends { readonly publication: () => Publication }>(context: Context): Context {
  return { ...context, publication: () => inLanguage(context.publication(), deskLanguage()) }
}

/** Intl throws for other texts, and a header may hold any. */
function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
