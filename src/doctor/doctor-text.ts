import type { DoctorReport } from './doctor.ts'
import { type Fix, type State, zoneLine } from './line.ts'

/** Told apart by words, for terminals without colour. */
const marks: Readonly<Record<State, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }

/** The report for people: a line for each finding, and below it what is wrong and what to write. */
export function doctorText({ lines }: DoctorReport): string {
  const rows = lines.flatMap(({ state, title, asked, answered, problem, fixes }) => [
    `${marks[state]}  ${title}: ${[asked, answered].filter((part) => part !== '').join(': ')}`,
    ...(problem === undefined ? [] : [`      ${problem}`]),
    ...fixes.map((fix) => `      -> ${fixText(fix)}`),
  ])
  const count = (state: State) => lines.filter((line) => line.state === state).length
  return `${rows.join('\n')}\n\n${count('fail')} failed, ${count('warn')} warnings, ${count('ok')} ok.\n`
}

function fixText(fix: Fix): string {
  if (fix.kind === 'record') return `Write the DNS record: ${zoneLine(fix)}`
  if (fix.kind === 'setting') return `Set ${fix.name}: ${fix.value}`
  return fix.kind === 'command' ? `Run: ${fix.text}` : fix.text
}
