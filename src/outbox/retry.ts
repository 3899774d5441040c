import type { Settlement } from './delivery.ts'
import type { Answer } from './smtp.ts'

/** Minutes between tries, as RFC 5321 §4.5.4.1 asks: quick at first, then about hourly, given up after two days or more. */
const pausesMinutes = [1, 5, 15, 30, 60, 120, 180, 240, 360, 360, 480, 480, 720]

/** What an answer means for a delivery that has now been tried `attempts` times. Undefined: leave the row as it is. */
export function settlementOf(answer: Exclude<Answer, { kind: 'unavailable' }>, attempts: number, now: Date): Settlement | undefined {
  switch (answer.kind) {
    case 'accepted':
      return { state: 'sent', reason: answer.reply }
    case 'withdrawn':
      return undefined
    case 'unknown':
      return { state: 'uncertain', reason: `handed over, and no answer came: ${answer.reason}` }
    case 'unreached':
      return again(answer.reason, attempts, now)
    case 'refused':
      return answer.code >= 500 ? { state: 'failed', reason: answer.reply } : again(answer.reply, attempts, now)
  }
}

function again(reason: string, attempts: number, now: Date): Settlement {
  const pause = pausesMinutes[attempts - 1]
  if (pause === undefined) return { state: 'failed', reason: `given up after ${attempts} tries: ${reason}` }
  return { state: 'queued', reason, dueAt: new Date(now.getTime() + pause * 60_000) }
}
