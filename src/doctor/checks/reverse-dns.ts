import type { Check } from '../check.ts'
import { type Dns, reverseName } from '../dns/dns.ts'
import { dnsFailure } from '../dns/dns-failure.ts'
import { advice, type Finding, fail, ok, record, warn } from '../line.ts'
import { type SendingAddresses, sendingAddresses } from '../sending-addresses.ts'

/** Addresses that are looked at. */
const maxAddresses = 8

/** Each address that mail leaves from has a name, and the name has that address: forward-confirmed reverse DNS. */
export const reverseDnsCheck: Check = {
  id: 'reverse_dns',
  title: 'Reverse DNS',
  isAboutMail: true,
  async run(context) {
    const sending = await sendingAddresses(context)
    if (sending.failure) return [dnsFailure(context.dns, `A ${context.settings.smtp?.host}`, sending.failure)]
    if (sending.addresses.length === 0) {
      return [ok(`the address ${sending.from}`, 'not known: it is behind a private network. Ask whoever runs the mail server')]
    }
    const name = context.settings.smtp?.name ?? 'mail.example.org'
    return Promise.all(sending.addresses.slice(0, maxAddresses).map((address) => findingOf(context.dns, address, sending, name)))
  },
}

async function findingOf(dns: Dns, address: string, { isCertain, from }: SendingAddresses, ehlo: string): Promise<Finding> {
  const reversed = reverseName(address)
  const asked = `PTR ${reversed}`
  const no = isCertain ? fail : warn
  const answer = await dns.names(address)
  if (answer.status === 'failed') return dnsFailure(dns, asked, answer)
  const whose = advice('Reverse DNS is written by whoever gave you the address, in the settings of the server.')
  if (answer.status === 'none') {
    const problem = `${address}, the address ${from}, has no name. Large receivers refuse mail from it.`
    return no(asked, answer.reason, problem, record(reversed, 'PTR', `${ehlo}.`), whose)
  }
  const names = answer.values.slice(0, 5)
  const forward = await Promise.all(names.map((name) => dns.addresses(name)))
  if (forward.some((one) => one.status === 'found' && one.values.includes(address))) return ok(asked, names.join(', '))
  const [first = ''] = names
  const failed = forward.find((one) => one.status === 'failed')
  if (failed?.status === 'failed') return dnsFailure(dns, `A ${first}`, failed)
  const problem = `${address} has the name ${first}, and ${first} does not have that address.`
  const forwardRecord = address.includes(':') ? advice(`Write an AAAA record: ${first} ${address}`) : record(first, 'A', address)
  return no(asked, names.join(', '), problem, forwardRecord, whose)
}
