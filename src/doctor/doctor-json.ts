import type { DoctorReport } from './doctor.ts'
import { type Fix, type State, zoneLine } from './line.ts'

/** The report in the form of the API and the command line. `masked` is what a caller may see of a text. */
export function doctorJson({ checkedAt, lines }: DoctorReport, masked = (text: string) => text) {
  const count = (state: State) => lines.filter((line) => line.state === state).length
  const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail') }
  return {
    state: (counts.fail > 0 ? 'fail' : counts.warn > 0 ? 'warn' : 'ok') satisfies State,
    checked_at: checkedAt.toISOString(),
    counts,
    lines: lines.map(({ check, state, title, asked, answered, problem, fixes }) => ({
      check,
      state,
      title: masked(title),
      asked: masked(asked),
      answered: masked(answered),
      problem: problem === undefined ? null : masked(problem),
      fixes: fixes.map((fix) => fixJson(fix, masked)),
    })),
  }
}

/** A DNS record also has the line of a zone file. It is shown whole: whoever may ask the DNS can read it. */
function fixJson(fix: Fix, masked: (text: string) => string) {
  if (fix.kind === 'record') return { ...fix, zone_line: zoneLine(fix) }
  return fix.kind === 'setting' ? { ...fix, value: masked(fix.value) } : { ...fix, text: masked(fix.text) }
}
