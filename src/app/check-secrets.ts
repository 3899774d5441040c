import type { Config } from '../config.ts'
import { hasMailings } from '../outbox/mailing-state.ts'
import type { Queries } from '../platform/database/database.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { weaknessOf } from '../platform/weak-secret.ts'

const howToMake = 'set a random value, such as the output of: openssl rand -hex 24'
const howToChange = {
  SECRET: 'put the old value in SECRET_PREVIOUS, so that links in old mail go on working',
  ADMIN_TOKEN: 'scripts that use the API need the new one',
}

/**
 * Sentences about a weak SECRET or ADMIN_TOKEN, for the log of the start. Throws a StartFailure with them where the database is new. Once mail was
 * sent, a refusal would stop a service that has worked so far, so it is a warning.
 */
export async function checkSecrets(config: Pick<Config, 'secret' | 'adminToken'>, db: Queries): Promise<readonly string[]> {
  const weak = weakSecrets(config)
  if (weak.length === 0) return []
  if (!(await hasMailings(db))) throw new StartFailure(weak.map(({ name, weakness }) => `${name}: ${weakness}: ${howToMake}`))
  return weak.map(({ name, weakness }) => `${name} ${weakness}: ${howToMake}; ${howToChange[name]}`)
}

/** Of SECRET and ADMIN_TOKEN those that can be guessed, with the reason as a predicate. */
export function weakSecrets(config: Pick<Config, 'secret' | 'adminToken'>) {
  const given = [
    ['SECRET', config.secret],
    ['ADMIN_TOKEN', config.adminToken],
  ] as const
  return given.flatMap(([name, value]) => {
    const weakness = value === undefined ? undefined : weaknessOf(value)
    return weakness === undefined ? [] : [{ name, weakness }]
  })
}
