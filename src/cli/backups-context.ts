import { migrations } from '../app/core.ts'
import type { BackupsContext } from '../backups/context.ts'
import { openLog } from '../platform/log.ts'
import { type CommandContext, configOf } from './context.ts'

/** What commands need that copy a whole database. */
export function backupsContextOf(context: CommandContext): BackupsContext {
  const { databaseAddress, databaseDirectUrl, dataFolder, secret, previousSecrets } = configOf(context)
  const log = openLog(context.env.LOG_LEVEL ?? 'warn', context.isTerminal)
  return {
    // A restore needs sessions of its own.
    databaseAddress: databaseDirectUrl ?? databaseAddress,
    dataFolder,
    secret,
    previousSecrets,
    migrations,
    clock: context.clock,
    random: context.random,
    log,
  }
}
