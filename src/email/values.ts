import { removeMarks, splitAtPlaceholders } from '../platform/placeholders.ts'
import { type EmailRequest, type PlaceholderName, readerPlaceholder } from './email.ts'

const placeholderNames: Record<PlaceholderName, true> = {
  name: true,
  comma_name: true,
  feed_path: true,
  confirm_token: true,
  unsubscribe_token: true,
  preferences_token: true,
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controls = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/g

/**
 * The values of `order` as a template may see them: well-formed text without control characters, with placeholders only in the
 * fields that the contract names, and with no address that would run something when followed.
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

/** Text without what no message may hold. A line break of any kind is one LF. */
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

/** An address that may stand in a link; `about:blank` for `javascript:` and the like, which readers' programs would refuse or run. */
function cleanAddress(address: string): string {
  const whole = address.trim().replace(/\s/g, (space) => encodeURIComponent(space))
  return whole === '' || /^(?:https?|mailto):/i.test(whole) ? whole : 'about:blank'
}
