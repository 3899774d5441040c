import { pino } from 'pino'

/** A disabled log. */
export const quietLog = pino({ enabled: false })
