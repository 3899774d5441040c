import type { InboundContext } from './context.ts'
import type { ProviderSecrets } from './providers/provider.ts'
import { noteSecretInQuery, readWebhookRecord, type WebhookSecret } from './webhook-store.ts'

export type WebhooksContext = Pick<InboundContext, 'database' | 'tokens' | 'clock'>

/** After this time without another one, a refused topic is no longer told. */
const refusalToldMs = 7 * 86_400_000
/** After this time without one, a webhook address with the secret in its query counts as corrected. */
const queryToldMs = 30 * 86_400_000
/** A flood of webhooks must not become a flood of writes. */
const noteEveryMs = 3_600_000

export function webhookSecret({ tokens }: Pick<WebhooksContext, 'tokens'>, provider: string, secret: string): WebhookSecret {
  const [hash = '', ...previousHashes] = tokens.keyedHashes('webhook-secret', secret).map((one) => one.toString('base64url'))
  return { provider, hash, previousHashes }
}

/** Records that a provider sent its secret in the query of the address, for `webhookWarnings`. */
export async function noteQuerySecret(context: WebhooksContext, secret: WebhookSecret): Promise<void> {
  const now = context.clock.now()
  const { inQueryAt } = await readWebhookRecord(context.database, secret)
  if (inQueryAt && Math.abs(now.getTime() - inQueryAt.getTime()) < noteEveryMs) return
  await context.database.transaction((tx) => noteSecretInQuery(tx, secret, now))
}

/** What is known about the webhook of a provider whose secret is set. */
export interface WebhookState {
  readonly provider: keyof ProviderSecrets
  /** The only SNS topic whose messages count. */
  readonly topic: string | undefined
  /** Another topic that was refused in the last seven days. */
  readonly refusedTopic: string | undefined
  /** When the secret last came in the query of the address, if that was in the last 30 days. */
  readonly inQueryAt: Date | undefined
}

/** The webhooks of all providers whose secret is set. */
export async function webhookStates(context: WebhooksContext, secrets: ProviderSecrets): Promise<readonly WebhookState[]> {
  const now = context.clock.now().getTime()
  const isWithin = (at: Date | undefined, ms: number) => at !== undefined && now - at.getTime() < ms
  const states: WebhookState[] = []
  for (const [provider, secret] of Object.entries(secrets) as [keyof ProviderSecrets, string | undefined][]) {
    if (secret === undefined) continue
    const { topic, refusedTopic, refusedAt, inQueryAt } = await readWebhookRecord(
      context.database,
      webhookSecret(context, provider, secret),
    )
    states.push({
      provider,
      topic,
      refusedTopic: isWithin(refusedAt, refusalToldMs) ? refusedTopic : undefined,
      inQueryAt: isWithin(inQueryAt, queryToldMs) ? inQueryAt : undefined,
    })
  }
  return states
}

/**
 * What the operator should change about the webhooks of providers: sentences without a full stop that begin with the variable.
 * For the start and the desk.
 */
export async function webhookWarnings(context: WebhooksContext, secrets: ProviderSecrets): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const { provider, topic, refusedTopic, inQueryAt } of await webhookStates(context, secrets)) {
    const name = `INBOUND_${provider.toUpperCase()}_SECRET`
    if (inQueryAt !== undefined)
      warnings.push(
        `${name} came in the query of the webhook's address, last on ${inQueryAt.toISOString().slice(0, 10)}, where logs of proxies keep it: write the address as https://any:SECRET@HOST/inbound/${provider}`,
      )
    if (refusedTopic !== undefined)
      warnings.push(
        `${name} came with the SNS topic ${refusedTopic}, which is refused because ${topic} was first: send all reports to that topic, or set another secret to change it`,
      )
  }
  return warnings
}
