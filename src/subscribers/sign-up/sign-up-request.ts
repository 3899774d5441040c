import { type Address, parseAddress } from '../../platform/email-address.ts'
import type { MessageKey, MessageValues } from '../../platform/messages.ts'
import type { Publication } from '../../publication/publication.ts'

/** Input of a sign-up from a form, the API or the command line. */
export interface SignUp {
  readonly email: string
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  readonly name: string
  /** A language of `languages` (BCP 47). Absent or '': none was chosen. */
  readonly language?: string | undefined
  /** Such as `form` or `api`. */
  readonly source: string
  /** The sentence that the reader agreed to, as shown. */
  readonly wording: string
  /** Absent if no visitor sent the request. */
  readonly networkAddress?: string | undefined
}

/** A validated sign-up. */
export interface SignUpRequest {
  readonly address: Address
  /** Sorted and unique; at least one. */
  readonly digests: readonly string[]
  readonly topics: readonly string[]
  readonly name: string
  /** Absent in requests that an earlier version stored, as if empty. */
  readonly language?: string | undefined
  readonly source: string
  readonly wording: string
  readonly networkAddress: string | undefined
}

export interface Invalid {
  readonly status: 'invalid'
  readonly field: 'email' | 'digests' | 'topics' | 'name' | 'language' | 'paused_until'
  /** A predicate in English, for the API and the command line. */
  readonly reason: string
}

/** Invalid input of a reader, who gets a sentence in their own language. */
export interface ReaderFault extends Invalid {
  readonly message: { readonly key: MessageKey; readonly values: MessageValues }
}

const maxNameLength = 120

export function validateSignUp({ digests, topics, languages }: Publication, request: SignUp): SignUpRequest | ReaderFault {
  const address = parseAddress(request.email)
  if (!address) return readerFault('email', 'is not an email address that mail can be sent to', 'site.fault.address')
  const asked = [...new Set(request.digests)].sort()
  if (asked.length === 0) return readerFault('digests', 'names no digest', 'site.fault.no_digest')
  const unknownDigest = asked.find((name) => !digests.has(name))
  if (unknownDigest !== undefined)
    return readerFault('digests', `unknown digest: ${unknownDigest}`, 'site.fault.unknown_digest', { name: unknownDigest })
  const unknownTopic = request.topics.find((name) => !topics.has(name))
  if (unknownTopic !== undefined)
    return readerFault('topics', `unknown topic: ${unknownTopic}`, 'site.fault.unknown_topic', { name: unknownTopic })
  const name = readName(request.name)
  if (name === undefined) return invalidName()
  const { language = '' } = request
  if (language !== '' && !languages.includes(language)) return invalidLanguage(languages)
  const { source, wording, networkAddress } = request
  return { address, digests: asked, topics: [...new Set(request.topics)].sort(), name, language, source, wording, networkAddress }
}

export function invalidName(): ReaderFault {
  return readerFault('name', `must be one line of at most ${maxNameLength} characters`, 'site.fault.name', { max: maxNameLength })
}

export function invalidLanguage(offered: readonly string[]): ReaderFault {
  const languages = offered.join(', ')
  return readerFault('language', `must be one of ${languages}`, 'site.fault.language', { languages })
}

/** A name in NFC; undefined if invalid. It must not contain line breaks, which could break a header. */
export function readName(text: string): string | undefined {
  const name = text.trim().normalize('NFC')
  const isOneLine = !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(name)
  return isOneLine && [...name].length <= maxNameLength ? name : undefined
}

export function invalid(field: Invalid['field'], reason: string): Invalid {
  return { status: 'invalid', field, reason }
}

export function readerFault(field: Invalid['field'], reason: string, key: MessageKey, values: MessageValues = {}): ReaderFault {
  return { ...invalid(field, reason), message: { key, values } }
}
