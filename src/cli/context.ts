import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { ProcessContext } from '../server/run.ts'

export interface CommandContext extends ProcessContext {
  /** Writes errors and progress to standard error; `say` writes results to standard output. */
  readonly complain: (text: string) => void
}

/** Adds a command to the program. The command calls `finish` with its exit code, unless that is 0. */
export type AddCommand = (program: Command, context: CommandContext, finish: (exitCode: number) => void) => void

/** Reads `.env` of the folder; empty if there is none. Environment variables take precedence. */
export function readDotEnv(folder: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new StartFailure([`.env cannot be read (${(error as NodeJS.ErrnoException).code})`], { cause: error })
  }
}

export function configOf(context: ProcessContext): Config {
  const reading = readConfig(context.env, context.folder)
  if (!reading.ok) throw new StartFailure(reading.errors)
  return reading.config
}
