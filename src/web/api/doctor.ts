import type { Router } from 'express'
import type { Doctor } from '../../doctor/doctor.ts'
import { doctorJson } from '../../doctor/doctor-json.ts'
import { maskedFor, requireScope } from './authorize.ts'

export interface DoctorApiContext {
  /** Loaded when it is asked for. */
  readonly doctor: () => Promise<Pick<Doctor, 'report'>>
}

/** What the doctor finds. A report is given again for a minute, and there is never more than one run at a time. */
export function addDoctor(routes: Router, context: DoctorApiContext): void {
  routes.get('/doctor', requireScope('read'), async (_request, response) => {
    const doctor = await context.doctor()
    response.json(doctorJson(await doctor.report(), (text) => maskedFor(response, text)))
  })
}
