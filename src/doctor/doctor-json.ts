import { z } from 'zod'
import { count, instant, type Json } from '../platform/json-shape.ts'
import type { DoctorReport } from './doctor.ts'
import { type Fix, type State, zoneLine } from './line.ts'

const state = z.enum(['ok', 'warn', 'fail'])

const fixShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('record'),
    name: z.string(),
    type: z.enum(['A', 'MX', 'PTR', 'TXT']),
    value: z.string(),
    zone_line: z.string().describe('The record as a line of a zone file'),
  }),
  z.object({ kind: z.literal('setting'), name: z.string(), value: z.string() }),
  z.object({ kind: z.literal('command'), text: z.string() }),
  z.object({ kind: z.literal('advice'), text: z.string() }),
])

export const doctorShape = z.object({
  state: state.describe('The worst of all lines'),
  checked_at: instant,
  counts: z.object({ ok: count, warn: count, fail: count }),
  lines: z.array(
    z.object({
      check: z.string(),
      state,
      title: z.string(),
      asked: z.string(),
      answered: z.string(),
      problem: z.string().nullable(),
      fixes: z.array(fixShape).describe('What to write'),
    }),
  ),
})

/** The report in the form of the API and the command line. `masked` is what a caller may see of a text. */
export function doctorJson({ checkedAt, lines }: DoctorReport, masked = (text: string) => text): Json<typeof doctorShape> {
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
function fixJson(fix: Fix, masked: (text: string) => string): Json<typeof fixShape> {
  if (fix.kind === 'record') return { ...fix, zone_line: zoneLine(fix) }
  return fix.kind === 'setting' ? { ...fix, value: masked(fix.value) } : { ...fix, text: masked(fix.text) }
}
