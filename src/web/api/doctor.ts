import type { Doctor } from '../../doctor/doctor.ts'
import { doctorJson, doctorShape } from '../../doctor/doctor-json.ts'
import { maskedFor } from './authorize.ts'
import type { Operations } from './operation.ts'

export interface DoctorApiContext {
  /** Loaded when it is asked for. */
  readonly doctor: () => Promise<Pick<Doctor, 'report'>>
}

/** What the doctor finds. A report is given again for a minute, and there is never more than one run at a time. */
export function addDoctor(operations: Operations, context: DoctorApiContext): void {
  const getDoctorReport = {
    id: 'getDoctorReport',
    call: 'GET /doctor',
    scope: 'read',
    summary: 'Say what is set up wrong, and what to write',
    description: 'A report is given again for a minute. There is never more than one run at a time.',
    answers: { 200: { description: 'The report', shape: doctorShape } },
  } as const
  operations.add(getDoctorReport, async (_request, response) => {
    const doctor = await context.doctor()
    response.json(doctorJson(await doctor.report(), (text) => maskedFor(response, text)))
  })
}
