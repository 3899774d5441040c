import { isIP } from 'node:net'
import type { Check, CheckContext } from '../check.ts'
import { dnsFailure } from '../dns/dns-failure.ts'
import { envelopeDomain } from '../envelope.ts'
import { type Finding, fail, ok, record, warn } from '../line.ts'

/** The domain of the return path takes mail: it has MX records (RFC 5321 §5.1) whose names have addresses. */
export const bounceMxCheck: Check = {
  id: 'bounce_mx',
  title: 'MX of the return path',
  isAboutMail: true,
  async run(context) {
    const { dns } = context
    const domain = envelopeDomain(context)
    const asked = `MX ${domain}`
    const answer = await dns.mx(domain)
    const write = record(domain, 'MX', `10 ${mailHost(context)}.`)
    if (answer.status === 'failed') return [dnsFailure(dns, asked, answer)]
    if (answer.status === 'none') {
      const found = await dns.addresses(domain)
      if (found.status === 'found') {
        const problem = `${domain} has no MX record. Mail goes to the host of the same name, which is often a web server.`
        return [warn(asked, `${answer.reason}; addresses ${found.values.join(', ')}`, problem, write)]
      }
      return [fail(asked, answer.reason, `${domain} takes no mail, so bounces are lost, and receivers refuse senders of that kind.`, write)]
    }
    const records = answer.values.toSorted((a, b) => a.priority - b.priority)
    if (records.every(({ exchange }) => exchange === '' || exchange === '.')) {
      return [fail(asked, '0 .', `${domain} says that it takes no mail (RFC 7505).`, write)]
    }
    return Promise.all(records.slice(0, 10).map(({ priority, exchange }) => findingOf(context, domain, priority, exchange)))
  },
}

async function findingOf(context: CheckContext, domain: string, priority: number, exchange: string): Promise<Finding> {
  const { dns } = context
  const asked = `MX ${domain}`
  const answered = `${priority} ${exchange}`
  if (isIP(exchange) !== 0) {
    return fail(
      asked,
      answered,
      'The record holds an address. It must hold a name.',
      record(domain, 'MX', `${priority} ${mailHost(context)}.`),
    )
  }
  const [alias, addresses] = await Promise.all([dns.cname(exchange), dns.addresses(exchange)])
  if (alias.status === 'found') {
    const [target = ''] = alias.values
    const problem = `${exchange} is a CNAME of ${target}. An MX record must name a host that has addresses itself (RFC 2181 §10.3).`
    return fail(asked, answered, problem, record(domain, 'MX', `${priority} ${target}.`))
  }
  if (addresses.status === 'failed') return dnsFailure(dns, `A ${exchange}`, addresses)
  if (addresses.status === 'none') {
    const problem = `${exchange} has no address (${addresses.reason}), so bounces are lost.`
    return fail(asked, answered, problem, record(exchange, 'A', 'the address of the mail server'))
  }
  return ok(asked, `${answered} (${addresses.values.join(', ')})`)
}

/** The host that takes bounces: this one if it listens for them. */
function mailHost({ settings, publication }: CheckContext): string {
  return settings.inboundSmtpPort === undefined ? 'the-host-of-your-mailbox' : new URL(publication.url).hostname
}
