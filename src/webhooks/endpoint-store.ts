import type { Queries } from '../platform/database/database.ts'
import { sql } from '../platform/database/sql.ts'
import { type Endpoint, failuresToTell } from './endpoint.ts'

interface EndpointRow {
  id: string
  url: string
  types: string
  description: string
  is_enabled: number
  disabled_reason: string | null
  previous_until: number | null
  failures: number
  failing_since: number | null
  created_at: number
}

const columns = sql`id, url, types, description, is_enabled, disabled_reason, previous_until, failures, failing_since, created_at`

export async function insertEndpoint(
  tx: Queries,
  endpoint: Pick<Endpoint, 'id' | 'url' | 'types' | 'description' | 'isEnabled' | 'createdAt'>,
  secret: string,
): Promise<void> {
  await tx.run(sql`
    INSERT INTO webhook_endpoints (id, url, types, description, is_enabled, secret, failures, created_at)
    VALUES (${endpoint.id}, ${endpoint.url}, ${JSON.stringify(endpoint.types)}, ${endpoint.description}, ${endpoint.isEnabled ? 1 : 0},
      ${secret}, 0, ${endpoint.createdAt.getTime()})`)
}

/** Serialises additions, so that their limit holds. Writes to one table wait for each other on SQLite anyway. */
export async function lockEndpoints(tx: Queries): Promise<void> {
  if (tx.engine === 'postgres') await tx.run(sql`LOCK TABLE webhook_endpoints IN SHARE ROW EXCLUSIVE MODE`)
}

/** Oldest first. `after`: the id of the last one on the previous page. */
export async function listEndpoints(db: Queries, page: { readonly after: string; readonly limit: number }): Promise<Endpoint[]> {
  const rows = await db.all<EndpointRow>(
    sql`SELECT ${columns} FROM webhook_endpoints WHERE id > ${page.after} ORDER BY id LIMIT ${page.limit}`,
  )
  return rows.map(toEndpoint)
}

export async function countEndpoints(db: Queries): Promise<number> {
  return (await db.get<{ n: number }>(sql`SELECT count(*) AS n FROM webhook_endpoints`))?.n ?? 0
}

/** Those that need attention: disabled automatically, or failing for long. */
export async function listFailingEndpoints(db: Queries): Promise<Endpoint[]> {
  const rows = await db.all<EndpointRow>(sql`
    SELECT ${columns} FROM webhook_endpoints
    WHERE disabled_reason IS NOT NULL OR (is_enabled = 1 AND failures >= ${failuresToTell}) ORDER BY id`)
  return rows.map(toEndpoint)
}

export async function readEndpoint(db: Queries, id: string): Promise<Endpoint | undefined> {
  const row = await db.get<EndpointRow>(sql`SELECT ${columns} FROM webhook_endpoints WHERE id = ${id}`)
  return row && toEndpoint(row)
}

/** Reads an endpoint that the transaction changes. On PostgreSQL, other changes of it wait. */
export async function lockEndpoint(tx: Queries, id: string): Promise<Endpoint | undefined> {
  const forUpdate = tx.engine === 'postgres' ? sql`FOR NO KEY UPDATE` : sql``
  const row = await tx.get<EndpointRow>(sql`SELECT ${columns} FROM webhook_endpoints WHERE id = ${id} ${forUpdate}`)
  return row && toEndpoint(row)
}

export async function writeEndpoint(tx: Queries, endpoint: Endpoint): Promise<void> {
  await tx.run(sql`
    UPDATE webhook_endpoints SET url = ${endpoint.url}, types = ${JSON.stringify(endpoint.types)}, description = ${endpoint.description},
      is_enabled = ${endpoint.isEnabled ? 1 : 0}, disabled_reason = ${endpoint.disabledReason ?? null}, failures = ${endpoint.failures},
      failing_since = ${endpoint.failingSince?.getTime() ?? null}
    WHERE id = ${endpoint.id}`)
}

export async function deleteEndpoint(tx: Queries, id: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM webhook_endpoints WHERE id = ${id}`)) > 0
}

/** The present secret becomes the previous one. False if there is no such endpoint. */
export async function replaceSecret(db: Queries, id: string, secret: string, previousUntil: Date): Promise<boolean> {
  const replaced = await db.run(sql`
    UPDATE webhook_endpoints SET previous_secret = secret, previous_until = ${previousUntil.getTime()}, secret = ${secret} WHERE id = ${id}`)
  return replaced > 0
}

/** The secrets that sign at `now`, the present one first. */
export async function readSecrets(db: Queries, id: string, now: Date): Promise<string[]> {
  const row = await db.get<{ secret: string; previous_secret: string | null; previous_until: number | null }>(
    sql`SELECT secret, previous_secret, previous_until FROM webhook_endpoints WHERE id = ${id}`,
  )
  if (!row) return []
  const isPreviousValid = row.previous_secret !== null && (row.previous_until ?? 0) > now.getTime()
  return isPreviousValid ? [row.secret, row.previous_secret as string] : [row.secret]
}

/** Deletes previous secrets whose time is over. */
export async function deletePreviousSecrets(db: Queries, now: Date): Promise<void> {
  await db.run(sql`
    UPDATE webhook_endpoints SET previous_secret = NULL, previous_until = NULL
    WHERE previous_until IS NOT NULL AND previous_until <= ${now.getTime()}`)
}

function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    url: row.url,
    types: JSON.parse(row.types),
    description: row.description,
    isEnabled: row.is_enabled === 1,
    disabledReason: row.disabled_reason ?? undefined,
    previousUntil: row.previous_until === null ? undefined : new Date(row.previous_until),
    failures: row.failures,
    failingSince: row.failing_since === null ? undefined : new Date(row.failing_since),
    createdAt: new Date(row.created_at),
  }
}
