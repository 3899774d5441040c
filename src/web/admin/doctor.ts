import type { RequestHandler, Response } from 'express'
import type { DoctorReport } from '../../doctor/doctor.ts'
import { type Fix, type Line, type State, zoneLine } from '../../doctor/line.ts'
import { inEnglish, type MarkedText } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import { type DeskContext, sendDeskPage, words } from './desk-page.ts'
import { maskedFor } from './signed-in.ts'

/** A page over a second late shows progress instead; the run goes on meanwhile. */
const patienceMs = 1_000

/** The worst first. */
const states: readonly State[] = ['fail', 'warn', 'ok']

/** The report of the doctor. While a run is under way, a page that loads itself again says so. */
export function showDoctor(desk: DeskContext): RequestHandler {
  return async (_request, response) => {
    const report = await withinPatience((await desk.doctor()).report())
    const title = words(desk, 'settings.doctor')
    await sendDeskPage(
      desk,
      response,
      'doctor',
      { title, place: 'settings' },
      report ? values(desk, response, report) : { is_running: true },
    )
  }
}

async function withinPatience(report: Promise<DoctorReport>): Promise<DoctorReport | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), patienceMs)
  try {
    return await Promise.race([report, late])
  } finally {
    clearTimeout(timer)
  }
}

function values(desk: DeskContext, response: Response, { checkedAt, lines }: DoctorReport): object {
  const groups = states.map((state) => ({ state, lines: lines.filter((line) => line.state === state) }))
  const count = (state: State) => lines.filter((line) => line.state === state).length
  return {
    is_running: false,
    checked: shortTime(desk.publication(), checkedAt),
    failures: count('fail'),
    warnings: count('warn'),
    fine: count('ok'),
    groups: groups
      .filter((group) => group.lines.length > 0)
      .map((group) => ({ state: group.state, lines: group.lines.map((line) => lineValues(response, line)) })),
  }
}

/** A record is shown whole also to viewers: whoever may ask the DNS can read it. */
function lineValues(response: Response, { state, title, asked, answered, problem, fixes }: Line): object {
  const masked = (text: string) => inEnglish(maskedFor(response, text))
  return {
    state,
    title: masked(title),
    asked: asked === '' ? '' : masked(asked),
    answered: answered === '' ? '' : masked(answered),
    problem: problem === undefined ? null : masked(problem),
    fixes: fixes.map((fix) => fixValues(fix, masked)),
  }
}

function fixValues(fix: Fix, masked: (text: string) => MarkedText): object {
  if (fix.kind === 'record') return { ...fix, zone_line: zoneLine(fix) }
  if (fix.kind === 'setting') return { kind: fix.kind, name: fix.name, value: masked(fix.value) }
  return { kind: fix.kind, text: masked(fix.text) }
}
