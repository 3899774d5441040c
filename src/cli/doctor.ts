import { openDoctor } from '../app/doctor.ts'
import { doctorJson } from '../doctor/doctor-json.ts'
import { doctorText } from '../doctor/doctor-text.ts'
import { type AddCommand, configOf } from './context.ts'
import { withApp } from './with-app.ts'

export const doctorCommand: AddCommand = (program, context, finish) => {
  program
    .command('doctor')
    .description('check DNS records, mail server, PUBLIC_URL, disk and content, and say what to write; exit 1 on failures')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  npx broadsheet doctor')
    .action(async (options: { json?: true }) => {
      await withApp(context, async (app) => {
        const report = await openDoctor(configOf(context), app).report()
        context.say(options.json ? `${JSON.stringify(doctorJson(report))}\n` : doctorText(report))
        if (report.lines.some(({ state }) => state === 'fail')) finish(1)
      })
    })
}
