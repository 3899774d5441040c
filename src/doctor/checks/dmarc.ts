import { wireDomain } from '../../platform/email-address.ts'
import type { Check } from '../check.ts'
import { findDmarc } from '../dmarc-policy.ts'
import { describeAnswer } from '../dns/dns.ts'
import { dnsFailure } from '../dns/dns-failure.ts'
import { fromDomain } from '../envelope.ts'
import { advice, fail, ok, record, warn } from '../line.ts'
import { organisationOf } from '../organisation.ts'
import { printable } from '../printable.ts'

/** DMARC of the domain in From (RFC 7489 §6). Large receivers want at least `p=none`. */
export const dmarcCheck: Check = {
  id: 'dmarc',
  title: 'DMARC',
  isAboutMail: true,
  async run(context) {
    const from = fromDomain(context)
    const organisation = organisationOf(from)
    const policy = await findDmarc(context.dns, from)
    const asked = `TXT _dmarc.${policy.status === 'none' ? from : policy.domain}`
    const { adminEmail } = context.publication
    // Reports to another organisation need its consent, so they are not proposed.
    const reports = adminEmail !== undefined && organisationOf(wireDomain(adminEmail)) === organisation ? `; rua=mailto:${adminEmail}` : ''
    const write = (domain: string) => record(`_dmarc.${domain}`, 'TXT', `v=DMARC1; p=none${reports}`)
    if (policy.status === 'none') {
      if (policy.answer.status === 'failed') return [dnsFailure(context.dns, asked, policy.answer)]
      const problem = `${organisation} has no DMARC policy. Gmail, Yahoo and Outlook.com refuse bulk mail without one.`
      return [fail(asked, describeAnswer(policy.answer), problem, write(organisation))]
    }
    if (policy.status === 'several') {
      const problem = `There are ${policy.texts.length} DMARC records, and receivers accept one: they ignore all of them.`
      return [fail(asked, policy.texts.map(printable).join(' | '), problem, advice('Delete all but one.'), write(policy.domain))]
    }
    const answered = printable(policy.text)
    if (policy.status === 'faulty') {
      return [fail(asked, answered, `Receivers ignore the record: ${printable(policy.fault)}.`, write(policy.domain))]
    }
    const { remarks, percent, ...rest } = policy.record
    const applied = policy.domain === from ? rest.policy : rest.subdomainPolicy
    const tag = policy.domain === from || !/;\s*sp\s*=/i.test(policy.text) ? 'p' : 'sp'
    if (applied === 'none') {
      const better = policy.text.replace(new RegExp(`(;\\s*${tag}\\s*=\\s*)none`, 'i'), '$1quarantine')
      const problem = `${tag}=none only asks for reports: mail that others send in your name still arrives. Go on once your own mail passes.`
      return [warn(asked, answered, problem, record(`_dmarc.${policy.domain}`, 'TXT', better))]
    }
    if (remarks.length > 0) return [warn(asked, answered, printable(remarks.join(' ')), write(policy.domain))]
    if (percent < 100) {
      const better = policy.text.replace(/;\s*pct\s*=\s*\d+/i, '')
      const problem = `pct=${percent} applies the policy to a part of the mail.`
      return [warn(asked, answered, problem, record(`_dmarc.${policy.domain}`, 'TXT', better))]
    }
    return [ok(asked, answered)]
  },
}
