import { type App, openApp } from '../app/rest.ts'
import { isSaid, openLog } from '../platform/log.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { describeProblem, readPublication } from '../publication/read.ts'
import { type CommandContext, configOf } from './context.ts'

/** Opens the app for one command and closes it afterwards. A server may run at the same time. */
export async function withApp<Result>(context: CommandContext, work: (app: App) => Promise<Result>): Promise<Result> {
  const config = configOf(context)
  // Commands print their own results: the log has only warnings, unless LOG_LEVEL says otherwise.
  const level = context.env.LOG_LEVEL ?? 'warn'
  const log = openLog(level, context.isTerminal)
  // `check` and `start` report problems with content; other commands do not.
  const contentLog = isSaid('error', level) ? openLog('error', context.isTerminal) : log
  const read = () => readPublication(config.contentFolder, config.publicUrl, `http://localhost:${config.port}`)
  const reading = await read()
  if (!reading.ok) throw new StartFailure(reading.problems.map(describeProblem))
  await using app = await openApp(config, { ...context, log, contentLog, makesAdminToken: false }, reading, read)
  return await work(app)
}
