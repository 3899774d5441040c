import { createRequire } from 'node:module'
import type { Logger, LoggerOptions, pino as Pino } from 'pino'
import type PinoPretty from 'pino-pretty'
import { openErrorStream } from './log-stream.ts'
import { currentRequestId } from './request-id.ts'
import { errorSerializer } from './serialize-error.ts'

/** Values first (ids, never addresses or tokens), then the message. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/**
 * Writes JSON lines to standard error; standard output is for command output. A reader that stands still loses lines and stops nothing. On a terminal, lines are formatted if pino-pretty is
 * installed.
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
 * Logs an unexpected error with its stack and causes. All code logs errors this way. `message` says what failed; `values` holds ids.
 */
export function logError(log: Pick<Log, 'error'>, error: unknown, message: string, values?: Values): void {
  log.error({ ...values, err: asError(error) }, message)
}

/** Like `logError`, for errors that recover on their own or have little effect. */
export function logWarning(log: Pick<Log, 'warn'>, error: unknown, message: string, values?: Values): void {
  log.warn({ ...values, err: asError(error) }, message)
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** Whether a log at `level` writes lines of level `name`. */
export function isSaid(name: string, level: string): boolean {
  return levels.indexOf(name) >= levels.indexOf(level)
}

/** Pino is loaded with the first line, because a start usually logs nothing. */
function openLogger(level: string, isTerminal: boolean): Logger {
  const require = createRequire(import.meta.url)
  const { pino }: { pino: typeof Pino } = require('pino')
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: requestIdOfLine,
    serializers: { err: errorSerializer(pino.stdSerializers.err) },
  }
  const pretty = isTerminal ? loadPretty(require) : undefined
  if (pretty) return pino(options, pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }))
  const stream = openErrorStream((dropped) =>
    logger.warn({ dropped }, 'log lines were dropped, because the reader of standard error did not keep up'),
  )
  const logger = pino(options, stream ?? pino.destination({ fd: 2, sync: true }))
  return logger
}

function requestIdOfLine(): { readonly requestId?: string } {
  const requestId = currentRequestId()
  return requestId === undefined ? {} : { requestId }
}

function loadPretty(require: NodeJS.Require): typeof PinoPretty | undefined {
  try {
    return require('pino-pretty')
  } catch (error) {
    // pino-pretty is a development dependency.
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
