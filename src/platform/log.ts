import type { Logger } from 'pino'
import { pino } from 'pino'

export type Log = Logger

/** JSON lines on standard error, so that standard output stays the program's own words; pretty on a terminal. */
export async function openLog(level: string, isTerminal: boolean): Promise<Log> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (!isTerminal) return pino(options, pino.destination({ fd: 2, sync: true }))
  const { default: pretty } = await import('pino-pretty')
  return pino(options, pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }))
}
