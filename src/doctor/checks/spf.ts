import { isIP } from 'node:net'
import type { Check, CheckContext } from '../check.ts'
import { describeAnswer } from '../dns/dns.ts'
import { dnsFailure } from '../dns/dns-failure.ts'
import { envelopeDomain } from '../envelope.ts'
import { advice, type Finding, type Fix, fail, ok, record, warn } from '../line.ts'
import { includeFor } from '../relays.ts'
import { type SendingAddresses, sendingAddresses } from '../sending-addresses.ts'
import { defaultOf, evaluateSpf } from '../spf/evaluate.ts'
import { readSpf, type SpfReading, type SpfRecord } from '../spf/read.ts'

/** SPF of the return path (RFC 7208): one record that names what sends our mail, and ends with `~all` or `-all`. */
export const spfCheck: Check = {
  id: 'spf',
  title: 'SPF',
  isAboutMail: true,
  async run(context) {
    const domain = envelopeDomain(context)
    const asked = `TXT ${domain}`
    const [reading, sending] = await Promise.all([readSpf(context.dns, domain), sendingAddresses(context)])
    const own = ownTerm(context, sending)
    const write = (terms: readonly string[], end = '~all'): Fix => record(domain, 'TXT', ['v=spf1', ...terms, end].join(' '))
    if (reading.status === 'none') {
      if (reading.answer.status === 'failed') return [dnsFailure(context.dns, asked, reading.answer)]
      const answered = reading.answer.status === 'none' ? reading.answer.reason : `no SPF record among: ${describeAnswer(reading.answer)}`
      return [fail(asked, answered, `${domain} has no SPF record, so nobody can tell who may send its mail.`, write([own]))]
    }
    if (reading.status === 'several') {
      const terms = reading.texts.flatMap((text) => text.split(' ').slice(1)).filter((term) => !/^[+?~-]?all$/i.test(term) && term !== '')
      const problem = `${domain} has ${reading.texts.length} SPF records, and receivers accept one: they ignore all of them.`
      return [
        fail(asked, reading.texts.join(' | '), problem, advice('Delete the records there are and write one.'), write([...new Set(terms)])),
      ]
    }
    return [findingOf(asked, reading, sending, own, includeFor(context.settings.smtp?.host ?? ''), write)]
  },
}

function findingOf(
  asked: string,
  { record: read, lookUps, faults, failures }: Extract<SpfReading, { status: 'read' }>,
  sending: SendingAddresses,
  own: string,
  include: string | undefined,
  write: (terms: readonly string[], end?: string) => Fix,
): Finding {
  const answered = `${read.text} (${lookUps} look-ups)`
  const terms = read.text.split(' ').slice(1)
  const kept = terms.filter((term) => term !== '' && !/^[+?~-]?all$/i.test(term))
  if (faults.length > 0) {
    const costs = read.terms.filter(({ lookUps: cost }) => cost > 0).map(({ text, lookUps: cost }) => `${text} ${cost}`)
    const why = `Receivers ignore this record: ${faults.slice(0, 4).join('; ')}.`
    const hint = costs.length > 0 ? [advice(`Keep only what sends your mail. Look-ups of each term: ${costs.join(', ')}.`)] : []
    return fail(asked, answered, why, ...hint, write([own]))
  }
  if (failures.length > 0) return warn(asked, answered, `Not all of it could be looked up: ${failures.slice(0, 4).join('; ')}.`)
  const end = defaultOf(read)
  if (end === '+') return fail(asked, answered, 'It ends with +all: anybody may send mail in your name.', write(kept))
  const missing = faultOfSending(read, sending, include)
  if (missing) return (missing.isCertain ? fail : warn)(asked, answered, missing.problem, write([...kept, own], allOf(terms)))
  if (end === undefined || end === '?') {
    const problem = 'It says nothing about mail from elsewhere, so it protects nobody: it must end with ~all or -all.'
    return warn(asked, answered, problem, write(kept))
  }
  return ok(asked, answered)
}

function faultOfSending(
  read: SpfRecord,
  { addresses, isCertain, from }: SendingAddresses,
  include: string | undefined,
): { readonly problem: string; readonly isCertain: boolean } | undefined {
  if (include !== undefined) {
    if (includes(read, include)) return undefined
    return { problem: `It does not include ${include}, which your mail service sends from.`, isCertain: false }
  }
  const outside = addresses.filter((address) => {
    const { result, isUncertain } = evaluateSpf(read, address)
    return result !== 'pass' && !isUncertain
  })
  // A relay may listen on addresses that it does not send from: one that passes is enough there.
  if (outside.length === 0 || (!isCertain && outside.length < addresses.length)) return undefined
  const doubt = isCertain ? '' : ' If mail leaves from other addresses, name those instead.'
  return { problem: `It does not allow ${outside.slice(0, 4).join(', ')}, the address ${from}.${doubt}`, isCertain }
}

function includes(read: SpfRecord, domain: string): boolean {
  return read.terms.some((term) => term.value?.toLowerCase() === domain || (term.record !== undefined && includes(term.record, domain)))
}

/** The term that allows our mail. */
function ownTerm({ settings }: CheckContext, { addresses, isCertain }: SendingAddresses): string {
  const host = settings.smtp?.host ?? ''
  const include = includeFor(host)
  if (include !== undefined) return `include:${include}`
  const [first] = addresses
  if (first !== undefined && (isCertain || isIP(host) !== 0)) return `${first.includes(':') ? 'ip6' : 'ip4'}:${first}`
  if (isIP(host) !== 0 || !host.includes('.')) return settings.smtp?.name === undefined ? 'mx' : `a:${settings.smtp.name}`
  return `a:${host}`
}

function allOf(terms: readonly string[]): string {
  return terms.find((term) => /^[~-]all$/i.test(term)) ?? '~all'
}
