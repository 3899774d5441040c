import { createRequire } from 'node:module'
import type { Logger, LoggerOptions, pino as Pino } from 'pino'
import type PinoPretty from 'pino-pretty'
import { errorSerializer } from './serialize-error.ts'

/** Values first, ids and never addresses or tokens; then what happened. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/**
 * JSON lines on standard error, so that standard output stays the program's own words; pretty on a terminal, where
 * pino-pretty is installed.
 */
export function openLog(level: string, isTerminal: boolean): Log {
  let logger: Logger | undefined
  const at = (name: keyof Log): Logger[keyof Log] => {
    if (!isSaid(name, level)) return () => {}
    return (...words: Parameters<Logger[keyof Log]>) => {
      logger ??= openLogger(level, isTerminal)
      logger[name](...words)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

type Values = Readonly<Record<string, unknown>>

/**
 * Logs an unexpected error whole, with its stack and its causes: the one way to log one. `doing` says what was being done, `values` what
 * with, by ids.
 */
export function logError(log: Pick<Log, 'error'>, error: unknown, doing: string, values?: Values): void {
  log.error({ ...values, err: asError(error) }, doing)
}

/** As `logError`, for what mends itself or costs little. */
export function logWarning(log: Pick<Log, 'warn'>, error: unknown, doing: string, values?: Values): void {
  log.warn({ ...values, err: asError(error) }, doing)
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** Whether a line of level `name` is written by a log of `level`. */
export function isSaid(name: string, level: string): boolean {
  return levels.indexOf(name) >= levels.indexOf(level)
}

/** Pino is loaded with the first line: a start has none, and does not wait for it. */
function openLogger(level: string, isTerminal: boolean): Logger {
  const require = createRequire(import.meta.url)
  const { pino }: { pino: typeof Pino } = require('pino')
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorSerializer(pino.stdSerializers.err) },
  }
  const pretty = isTerminal ? loadPretty(require) : undefined
  return pretty
    ? pino(options, pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }))
    : pino(options, pino.destination({ fd: 2, sync: true }))
}

function loadPretty(require: NodeJS.Require): typeof PinoPretty | undefined {
  try {
    return require('pino-pretty')
  } catch (error) {
    // An installation without what only developers need.
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
