import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { StartFailure } from '../platform/start-failure.ts'
import type { ProcessContext } from '../server/run.ts'

export interface CommandContext extends ProcessContext {
  /** For errors and progress; `say` is for what was asked for. */
  readonly complain: (text: string) => void
}

/** Adds a command to the program; `finish` takes its exit code where that is not 0. */
export type AddCommand = (program: Command, context: CommandContext, finish: (exitCode: number) => void) => void

/** `.env` of the folder, if there is one. What the environment itself says wins. */
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
