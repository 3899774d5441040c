import type { Check } from '../check.ts'
import { findDmarc } from '../dmarc-policy.ts'
import { envelopeDomain, fromDomain } from '../envelope.ts'
import { fail, ok, setting, warn } from '../line.ts'
import { isAlignedWith } from '../organisation.ts'

/** Alignment (RFC 7489 §3.1): the domain of DKIM or of the return path belongs to the domain that readers see in From. */
export const alignmentCheck: Check = {
  id: 'alignment',
  title: 'Alignment with From',
  isAboutMail: true,
  async run(context) {
    const { dkim, bounceAddress } = context.settings
    const from = fromDomain(context)
    const envelope = envelopeDomain(context)
    const policy = await findDmarc(context.dns, from)
    const { dkimMode, spfMode } = policy.status === 'read' ? policy.record : { dkimMode: 'r' as const, spfMode: 'r' as const }
    const hasDkim = dkim !== undefined && isAlignedWith(dkim.domain.toLowerCase(), from, dkimMode)
    const hasSpf = isAlignedWith(envelope, from, spfMode)
    const asked = `sender.email is at ${from}`
    const answered = `DKIM signs as ${dkim?.domain ?? 'nobody'}${modeOf(dkimMode)}, the return path is at ${envelope}${modeOf(spfMode)}`
    if (hasDkim) return [ok(asked, answered)]
    const sign = setting('DKIM_DOMAIN', from)
    if (!hasSpf) {
      const problem = `Neither the signature nor the return path belongs to ${from}, so mail fails DMARC whatever SPF and DKIM say.`
      return [fail(asked, answered, problem, sign, ...(bounceAddress === undefined ? [] : [setting('BOUNCE_ADDRESS', `bounces@${from}`)]))]
    }
    const problem = dkim
      ? `The signature does not belong to ${from}. Only SPF is left for DMARC, and it breaks where mail is forwarded.`
      : 'Without a signature only SPF is left for DMARC, and it breaks where mail is forwarded.'
    return [warn(asked, answered, problem, sign)]
  },
}

function modeOf(mode: 'r' | 's'): string {
  return mode === 's' ? ' (strict)' : ''
}
