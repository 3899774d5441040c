import { removeMarks, splitAtPlaceholders } from '../platform/placeholders.ts'
import { type EmailRequest, type PlaceholderName, readerPlaceholder } from './email.ts'

const placeholderNames: Record<PlaceholderName, true> = {
  name: true,
  comma_name: true,
  feed_path: true,
  confirm_token: true,
  unsubscribe_token: true,
  preferences_token: true,
  login_token: true,
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are removed
const controls = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/g

/**
 * The values of a request, safe for a template: well-formed text without control characters, placeholders only in `links`,
 * `reader_name` and `comma_name`, and no `javascript:` addresses.
 */
export function cleanValues(request: EmailRequest): object {
  return cleanObject(request.values, '')
}

function cleanObject(values: object, within: string): object {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, clean(value, key, within)]))
}

function clean(value: unknown, key: string, within: string): unknown {
  if (Array.isArray(value)) return value.map((one) => clean(one, '', key))
  if (typeof value === 'object' && value !== null) return cleanObject(value, key)
  if (typeof value !== 'string') return value
  const mayHoldPlaceholders = within === 'links' || key === 'reader_name' || key === 'comma_name'
  const text = mayHoldPlaceholders ? keepPlaceholders(value) : cleanText(value)
  return key === 'url' || within === 'links' ? cleanAddress(text) : text
}

/** Removes control characters and placeholder marks. Line breaks become LF. */
export function cleanText(text: string): string {
  return removeMarks(text.toWellFormed().replace(/\r\n?/g, '\n').replace(controls, ''))
}

function keepPlaceholders(text: string): string {
  return splitAtPlaceholders(text)
    .map((part, index) => (index % 2 === 1 && isPlaceholderName(part) ? readerPlaceholder(part) : cleanText(part)))
    .join('')
}

function isPlaceholderName(name: string): name is PlaceholderName {
  return Object.hasOwn(placeholderNames, name)
}

/** Allows http, https and mailto addresses. Others, such as `javascript:`, become `about:blank`. */
function cleanAddress(address: string): string {
  const trimmed = address.trim().replace(/\s/g, (space) => encodeURIComponent(space))
  return trimmed === '' || /^(?:https?|mailto):/i.test(trimmed) ? trimmed : 'about:blank'
}
