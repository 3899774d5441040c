import type { InboundContext } from './context.ts'
import { webhookMessageStoredMs } from './webhook-messages.ts'
import { pruneWebhookMessages } from './webhook-store.ts'

/** Deletes the ids of webhook messages that would be refused as too old by now. */
export async function pruneInbound({ database }: Pick<InboundContext, 'database'>, now: Date): Promise<void> {
  await pruneWebhookMessages(database, new Date(now.getTime() - webhookMessageStoredMs))
}
