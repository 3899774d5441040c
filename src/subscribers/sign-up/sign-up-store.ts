import type { Queries } from '../../platform/database/database.ts'
import { joinSql, sql } from '../../platform/database/sql.ts'
import type { SignUpRequest } from './sign-up-request.ts'

/** Stores a request that was answered but not processed yet. */
export async function insertSignUp(tx: Queries, id: string, request: SignUpRequest): Promise<void> {
  await tx.run(sql`INSERT INTO sign_ups (id, address_key, wish) VALUES (${id}, ${request.address.key}, ${JSON.stringify(request)})`)
}

/** The oldest requests after `after`. */
export async function readSignUps(db: Queries, after: string, limit: number): Promise<{ id: string; request: SignUpRequest }[]> {
  const rows = await db.all<{ id: string; wish: string }>(sql`SELECT id, wish FROM sign_ups WHERE id > ${after} ORDER BY id LIMIT ${limit}`)
  return rows.map((row) => ({ id: row.id, request: JSON.parse(row.wish) as SignUpRequest }))
}

/** Deletes the request. True for the only caller that may process it. */
export async function claimSignUp(tx: Queries, id: string): Promise<boolean> {
  return (await tx.run(sql`DELETE FROM sign_ups WHERE id = ${id}`)) > 0
}

export async function dropSignUpsOf(tx: Queries, addressKey: string): Promise<number> {
  return tx.run(sql`DELETE FROM sign_ups WHERE address_key = ${addressKey}`)
}

/** The sum over `networks`: the hashes of one network under each secret. */
export async function readSignUpCount(db: Queries, hour: number, networks: readonly string[]): Promise<number> {
  const rows = await db.all<{ count: number }>(
    sql`SELECT count FROM sign_up_tallies WHERE hour = ${hour} AND network IN (${joinSql(networks)})`,
  )
  return rows.reduce((sum, { count }) => sum + count, 0)
}

/** Makes other transactions that count sign-ups wait for this one, so that none reads a count that is about to grow. */
export async function lockSignUpCount(tx: Queries, hour: number, network: string): Promise<void> {
  await tx.run(sql`
    INSERT INTO sign_up_tallies (hour, network, count) VALUES (${hour}, ${network}, 0)
    ON CONFLICT (hour, network) DO UPDATE SET count = sign_up_tallies.count`)
}

export async function incrementSignUpCount(tx: Queries, hour: number, network: string): Promise<void> {
  await tx.run(sql`
    INSERT INTO sign_up_tallies (hour, network, count) VALUES (${hour}, ${network}, 1)
    ON CONFLICT (hour, network) DO UPDATE SET count = sign_up_tallies.count + 1`)
}

export async function pruneSignUpCounts(db: Queries, hour: number): Promise<void> {
  await db.run(sql`DELETE FROM sign_up_tallies WHERE hour < ${hour}`)
}
