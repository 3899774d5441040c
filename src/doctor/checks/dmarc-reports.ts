import type { Check } from '../check.ts'
import { findDmarc } from '../dmarc-policy.ts'
import { describeAnswer } from '../dns/dns.ts'
import { dnsFailure } from '../dns/dns-failure.ts'
import { fromDomain } from '../envelope.ts'
import { type Finding, ok, record, warn } from '../line.ts'
import { organisationOf } from '../organisation.ts'

/** Report addresses that are looked at. */
const maxDomains = 10

/** Reports to another organisation need its consent in DNS (RFC 7489 §7.1). */
export const dmarcReportsCheck: Check = {
  id: 'dmarc_reports',
  title: 'DMARC reports',
  isAboutMail: true,
  async run({ dns, ...context }) {
    const policy = await findDmarc(dns, fromDomain(context))
    if (policy.status !== 'read') return [ok('rua and ruf of the DMARC record', 'no reports are asked for')]
    const { domain, record: read } = policy
    const foreign = read.reportDomains.filter((one) => organisationOf(one) !== organisationOf(domain))
    if (foreign.length === 0) {
      const answered = read.reportDomains.length === 0 ? 'no reports are asked for' : `reports go to ${read.reportDomains.join(', ')}`
      return [ok(`rua and ruf of _dmarc.${domain}`, answered)]
    }
    return Promise.all(
      foreign.slice(0, maxDomains).map(async (one): Promise<Finding> => {
        const name = `${domain}._report._dmarc.${one}`
        const asked = `TXT ${name}`
        const answer = await dns.txt(name)
        if (answer.status === 'failed') return dnsFailure(dns, asked, answer)
        const isAllowed = answer.status === 'found' && answer.values.some((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text))
        if (isAllowed) return ok(asked, describeAnswer(answer))
        const problem = `${one} does not say that it takes reports about ${domain}, so none are sent. Whoever runs ${one} has to write the record.`
        return warn(asked, describeAnswer(answer), problem, record(name, 'TXT', 'v=DMARC1'))
      }),
    )
  },
}
