import type { Actor } from '../platform/actor.ts'
import type { Queries } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import type { WebhooksContext } from './context.ts'
import { cancelDeliveries } from './delivery-store.ts'
import type { Endpoint } from './endpoint.ts'
import {
  countEndpoints,
  deleteEndpoint,
  insertEndpoint,
  listEndpoints,
  listFailingEndpoints,
  lockEndpoint,
  lockEndpoints,
  readEndpoint,
  replaceSecret,
  writeEndpoint,
} from './endpoint-store.ts'
import { faultOfEndpointUrl } from './endpoint-url.ts'
import { type EventType, eventTypes } from './event.ts'
import { newSecret } from './signature.ts'

/** Each event is stored for every endpoint that asks for it. */
export const maxEndpoints = 50
/** After a rotation, the previous secret signs too for this long, so that receivers have time to change. */
const overlapMs = 24 * 3_600_000

/** `reason` is a predicate that follows the field. */
export interface InvalidEndpoint {
  readonly status: 'invalid'
  readonly field: 'url'
  readonly reason: string
}

export interface EndpointRequest {
  readonly url: string
  /** Default: all. */
  readonly types?: readonly EventType[] | undefined
  readonly description?: string | undefined
  readonly isEnabled?: boolean | undefined
}

/** Absent values stay. */
export type EndpointChange = Omit<EndpointRequest, 'url'> & { readonly url?: string | undefined }

export type AddedEndpoint =
  /** The secret is shown here only. */
  { readonly status: 'added'; readonly endpoint: Endpoint; readonly secret: string } | { readonly status: 'full' } | InvalidEndpoint

export async function addEndpoint(context: WebhooksContext, request: EndpointRequest, by: Actor): Promise<AddedEndpoint> {
  const { database, clock, random, fetchAllow, recordAudit } = context
  const reason = await faultOfEndpointUrl(request.url, fetchAllow)
  if (reason !== undefined) return { status: 'invalid', field: 'url', reason }
  const secret = newSecret(random)
  const endpoint: Endpoint = {
    id: newId(clock, random),
    url: request.url,
    types: inOrder(request.types ?? eventTypes),
    description: request.description ?? '',
    isEnabled: request.isEnabled ?? true,
    disabledReason: undefined,
    previousUntil: undefined,
    failures: 0,
    failingSince: undefined,
    createdAt: clock.now(),
  }
  const isAdded = await database.transaction(async (tx) => {
    await lockEndpoints(tx)
    if ((await countEndpoints(tx)) >= maxEndpoints) return false
    await insertEndpoint(tx, endpoint, secret)
    await recordAudit(tx, { action: 'webhook.add', subject: endpoint.id, by })
    return true
  })
  return isAdded ? { status: 'added', endpoint, secret } : { status: 'full' }
}

/** One page, oldest first. */
export function pageOfEndpoints(
  { database }: WebhooksContext,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<Endpoint[]> {
  return listEndpoints(database, { after: page.after ?? '', limit: page.limit })
}

export function findEndpoint({ database }: WebhooksContext, id: string): Promise<Endpoint | undefined> {
  return readEndpoint(database, id)
}

/** Endpoints that need attention: disabled automatically, or failing for long. For notices. */
export function failingEndpoints(database: Queries): Promise<Endpoint[]> {
  return listFailingEndpoints(database)
}

/**
 * Changes an endpoint; absent values stay. Disabling it cancels what is still owed to it. Enabling it, or giving it another address, starts
 * the count of failures again. Undefined if there is no such endpoint.
 */
export async function changeEndpoint(
  context: WebhooksContext,
  id: string,
  change: EndpointChange,
  by: Actor,
): Promise<Endpoint | InvalidEndpoint | undefined> {
  const changed = await changeEndpointOf(context, id, change, by, () => true)
  return changed === 'changed' ? undefined : changed
}

/** The same, but only if `isAsShown` holds of the endpoint; `changed` otherwise. */
export async function changeEndpointOf(
  { database, clock, fetchAllow, recordAudit }: WebhooksContext,
  id: string,
  change: EndpointChange,
  by: Actor,
  isAsShown: (endpoint: Endpoint) => boolean,
): Promise<Endpoint | InvalidEndpoint | 'changed' | undefined> {
  const reason = change.url === undefined ? undefined : await faultOfEndpointUrl(change.url, fetchAllow)
  if (reason !== undefined) return { status: 'invalid', field: 'url', reason }
  return database.transaction(async (tx) => {
    const before = await lockEndpoint(tx, id)
    if (!before) return undefined
    if (!isAsShown(before)) return 'changed'
    const isFreshStart = (change.url !== undefined && change.url !== before.url) || (change.isEnabled === true && !before.isEnabled)
    const after: Endpoint = {
      ...before,
      url: change.url ?? before.url,
      types: change.types === undefined ? before.types : inOrder(change.types),
      description: change.description ?? before.description,
      isEnabled: change.isEnabled ?? before.isEnabled,
      disabledReason: change.isEnabled === undefined ? before.disabledReason : undefined,
      ...(isFreshStart ? { failures: 0, failingSince: undefined } : {}),
    }
    await writeEndpoint(tx, after)
    await recordAudit(tx, { action: 'webhook.change', subject: id, by, details: { enabled: after.isEnabled } })
    if (before.isEnabled && !after.isEnabled) await cancelDeliveries(tx, id, clock.now())
    return after
  })
}

/** Removes an endpoint with its log. False if there is no such endpoint. */
export function removeEndpoint({ database, recordAudit }: WebhooksContext, id: string, by: Actor): Promise<boolean> {
  return database.transaction(async (tx) => {
    if (!(await deleteEndpoint(tx, id))) return false
    await recordAudit(tx, { action: 'webhook.remove', subject: id, by })
    return true
  })
}

export interface RotatedSecret {
  readonly endpoint: Endpoint
  /** Shown here only. */
  readonly secret: string
}

/** Makes a new secret. The previous one signs too for 24 hours. Undefined if there is no such endpoint. */
export async function rotateSecret(context: WebhooksContext, id: string, by: Actor): Promise<RotatedSecret | undefined> {
  const rotated = await rotateSecretOf(context, id, by, () => true)
  return rotated === 'changed' ? undefined : rotated
}

/**
 * The same, but only if `isAsShown` holds of the endpoint; `changed` otherwise. Two clicks on one button would end the secret that receivers
 * still expect.
 */
export function rotateSecretOf(
  { database, clock, random, recordAudit }: WebhooksContext,
  id: string,
  by: Actor,
  isAsShown: (endpoint: Endpoint) => boolean,
): Promise<RotatedSecret | 'changed' | undefined> {
  const secret = newSecret(random)
  const until = new Date(clock.now().getTime() + overlapMs)
  return database.transaction(async (tx) => {
    const before = await lockEndpoint(tx, id)
    if (!before) return undefined
    if (!isAsShown(before)) return 'changed'
    await replaceSecret(tx, id, secret, until)
    await recordAudit(tx, { action: 'webhook.rotate', subject: id, by })
    return { endpoint: { ...before, previousUntil: until }, secret }
  })
}

/** Disables an endpoint automatically, in the caller's transaction. */
export async function disable(tx: Queries, endpoint: Endpoint, reason: string, now: Date): Promise<void> {
  await writeEndpoint(tx, { ...endpoint, isEnabled: false, disabledReason: reason })
  await cancelDeliveries(tx, endpoint.id, now)
}

export async function noteFailure(tx: Queries, endpoint: Endpoint, now: Date): Promise<void> {
  await writeEndpoint(tx, { ...endpoint, failures: endpoint.failures + 1, failingSince: endpoint.failingSince ?? now })
}

export async function noteSuccess(tx: Queries, endpoint: Endpoint): Promise<void> {
  if (endpoint.failures > 0) await writeEndpoint(tx, { ...endpoint, failures: 0, failingSince: undefined })
}

function inOrder(types: readonly EventType[]): EventType[] {
  return eventTypes.filter((type) => types.includes(type))
}
