import type { DoctorReport } from './doctor.ts'
import { type Fix, type State, zoneLine } from './line.ts'

/** The report in the form of the API and the command line. */
export function doctorJson({ checkedAt, lines }: DoctorReport) {
  const count = (state: State) => lines.filter((line) => line.state === state).length
  const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail') }
  return {
    state: (counts.fail > 0 ? 'fail' : counts.warn > 0 ? 'warn' : 'ok') satisfies State,
    checked_at: checkedAt.toISOString(),
    counts,
    lines: lines.map(({ check, state, title, asked, answered, problem, fixes }) => ({
      check,
      state,
      title,
      asked,
      answered,
      problem: problem ?? null,
      fixes: fixes.map(fixJson),
    })),
  }
}

/** A DNS record also has the line of a zone file. */
function fixJson(fix: Fix) {
  return fix.kind === 'record' ? { ...fix, zone_line: zoneLine(fix) } : fix
}
