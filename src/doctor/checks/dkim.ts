import type { DkimIdentity } from '../../outbox/message/dkim.ts'
import type { Check } from '../check.ts'
import { bitsOf, isKeyRecord, publicKeyText, readKeyRecord } from '../dkim-record.ts'
import { type Dns, describeAnswer } from '../dns/dns.ts'
import { dnsFailure } from '../dns/dns-failure.ts'
import { fromDomain } from '../envelope.ts'
import { advice, type Finding, type Fix, fail, ok, record, setting, warn } from '../line.ts'
import { printable } from '../printable.ts'

/** Usual names, tried where ours has no key: the key is often published under another one. */
const usualSelectors = ['default', 'mail', 'dkim', 'broadsheet', 'news', 's1', 's2', 'k1', 'selector1', 'selector2']

/** DKIM: the published key (RFC 6376 §3.6.2) is the public half of ours. */
export const dkimCheck: Check = {
  id: 'dkim',
  title: 'DKIM',
  isAboutMail: true,
  async run(context) {
    const { settings, dns } = context
    const { dkim } = settings
    if (!dkim) {
      const problem = 'Mail is not signed here. Large receivers refuse unsigned bulk mail, unless your mail service signs it.'
      const key = 'the file of an RSA key: openssl genrsa -out dkim.pem 2048'
      return [
        warn(
          'DKIM_PRIVATE_KEY',
          'not set',
          problem,
          setting('DKIM_PRIVATE_KEY_FILE', key),
          setting('DKIM_DOMAIN', fromDomain(context)),
          setting('DKIM_SELECTOR', `mail${context.now.getUTCFullYear()}`),
        ),
      ]
    }
    const name = `${dkim.selector}._domainkey.${dkim.domain}`.toLowerCase()
    const asked = `TXT ${name}`
    const write = record(name, 'TXT', `v=DKIM1; k=rsa; p=${publicKeyText(dkim.key)}`)
    const answer = await dns.txt(name)
    if (answer.status === 'failed') return [dnsFailure(dns, asked, answer)]
    const texts = answer.status === 'found' ? answer.values : []
    if (texts.length > 1) return [findingOfSeveral(asked, texts, dkim, write)]
    const [text] = texts
    if (text === undefined || !isKeyRecord(text)) return [await findingOfNone(dns, asked, describeAnswer(answer), dkim, write)]
    return [findingOf(asked, text, dkim, write)]
  },
}

/** Several records there: receivers may use any of them (RFC 6376 §3.6.2.2). */
function findingOfSeveral(asked: string, texts: readonly string[], { key }: DkimIdentity, write: Fix): Finding {
  const own = publicKeyText(key)
  const isSplit = texts.every((text) => !text.includes(own)) && texts.some((text) => own.startsWith(readKeyRecord(text).key || ' '))
  const problem = isSplit
    ? `The key is split over ${texts.length} TXT records. It must be one record; a long one has several strings.`
    : `There are ${texts.length} TXT records. Receivers use any of them, so signatures fail by chance.`
  return fail(asked, texts.map(printable).join(' | '), problem, advice('Delete the records there are and write one.'), write)
}

async function findingOfNone(dns: Dns, asked: string, answered: string, { key, domain }: DkimIdentity, write: Fix): Promise<Finding> {
  const own = publicKeyText(key)
  const elsewhere = await Promise.all(
    usualSelectors.map(async (selector) => {
      const answer = await dns.txt(`${selector}._domainkey.${domain}`)
      return answer.status === 'found' && answer.values.some((text) => readKeyRecord(text).key === own) ? [selector] : []
    }),
  )
  const [found] = elsewhere.flat()
  if (found !== undefined) {
    return fail(asked, answered, `The selector is wrong: our key is published under ${found}.`, setting('DKIM_SELECTOR', found))
  }
  return fail(asked, answered, 'The public key is not published, so receivers cannot verify the signature.', write)
}

function findingOf(asked: string, text: string, dkim: DkimIdentity, write: Fix): Finding {
  const own = publicKeyText(dkim.key)
  const { tags, key } = readKeyRecord(text)
  const answered = printable(text)
  const no = (problem: string) => fail(asked, answered, problem, write)
  if (key === undefined) return no('The record has no key: the tag p is missing.')
  if (key === '') return no('The key is revoked: its tag p is empty.')
  if ((tags.get('k') ?? 'rsa').toLowerCase() !== 'rsa') return no(`The record is for a key of type ${tags.get('k')}, and ours is rsa.`)
  if (key !== own) return no(faultOfKey(key, own))
  const hashes = tags.get('h')
  if (hashes !== undefined && !/(?:^|:)\s*sha256\s*(?::|$)/i.test(hashes))
    return no(`The record allows only the hash ${hashes}, and we sign with sha256.`)
  const uses = tags.get('s')
  if (uses !== undefined && !/(?:^|:)\s*(?:\*|email)\s*(?::|$)/i.test(uses)) return no(`The record is not for mail: it has s=${uses}.`)
  if (/(?:^|:)\s*y\s*(?::|$)/.test(tags.get('t') ?? '')) {
    return warn(asked, answered, 'The record has t=y: the domain only tests DKIM, and receivers may ignore the signature.', write)
  }
  return ok(asked, answered)
}

function faultOfKey(key: string, own: string): string {
  if (own.startsWith(key)) return `The published key is cut off after ${key.length} of ${own.length} characters.`
  if (/["\\]/.test(key)) return 'The published key contains quotation marks or backslashes: the strings were joined wrongly.'
  const bits = bitsOf(key)
  if (bits === undefined) return 'The published key cannot be read.'
  const short = bits < 2_048 ? ` It has ${bits} bits, and receivers want 2,048.` : ''
  return `Another key is published than the one that signs, so every signature fails.${short}`
}
