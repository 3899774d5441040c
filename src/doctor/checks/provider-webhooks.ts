import type { WebhookState } from '../../inbound/webhook-secrets.ts'
import type { Check } from '../check.ts'
import { advice, type Finding, fail, ok, warn } from '../line.ts'

/** Providers report by an address that hides its secret, and from one SNS topic only. */
export const providerWebhooksCheck: Check = {
  id: 'provider_webhooks',
  title: 'Reports of providers',
  async run({ providerWebhooks }) {
    const states = await providerWebhooks()
    if (states.length === 0) return [ok('INBOUND_SES_SECRET and INBOUND_POSTMARK_SECRET', 'not set: no provider reports')]
    return states.flatMap(findingsOf)
  },
}

function findingsOf({ provider, topic, refusedTopic, inQueryAt }: WebhookState): Finding[] {
  const asked = `/inbound/${provider}`
  const used = topic === undefined ? 'no report yet from an SNS topic' : `reports of the topic ${topic}`
  const findings: Finding[] = []
  if (inQueryAt !== undefined) {
    const problem = 'The secret came in the query of the address, where the logs of proxies keep it.'
    const mend = advice(`At the provider, write the address as https://any:SECRET@HOST/inbound/${provider}, with a new secret.`)
    findings.push(warn(asked, `last on ${inQueryAt.toISOString().slice(0, 10)}`, problem, mend))
  }
  if (refusedTopic !== undefined) {
    const problem = `Reports of the topic ${refusedTopic} are refused, because ${topic} was first.`
    const mend = advice(`Send all reports to that topic, or set another INBOUND_${provider.toUpperCase()}_SECRET to change it.`)
    findings.push(fail(asked, used, problem, mend))
  }
  return findings.length > 0 ? findings : [ok(asked, provider === 'ses' ? used : 'nothing unusual')]
}
