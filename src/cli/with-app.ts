import { type House, openHouse } from '../app/rest.ts'
import { isSaid, openLog } from '../platform/log.ts'
import { StartFailure } from '../platform/start-failure.ts'
import { describeProblem, readPublication } from '../publication/read.ts'
import { type CommandEdges, configOf } from './context.ts'

/** Opens the rooms for one command and closes them after it, whether or not a server runs beside it. */
export async function withHouse<Result>(edges: CommandEdges, work: (house: House) => Promise<Result>): Promise<Result> {
  const config = configOf(edges)
  // What a command has to say it says itself: its log keeps to warnings unless LOG_LEVEL asks for more.
  const level = edges.env.LOG_LEVEL ?? 'warn'
  const log = openLog(level, edges.isTerminal)
  // What is wrong with content is for `check` and `start` to tell.
  const contentLog = isSaid('error', level) ? openLog('error', edges.isTerminal) : log
  const read = () => readPublication(config.contentFolder, config.publicUrl, `http://localhost:${config.port}`)
  const reading = await read()
  if (!reading.ok) throw new StartFailure(reading.problems.map(describeProblem))
  await using house = await openHouse(config, { ...edges, log, contentLog, makesAdminToken: false }, reading, read)
  return await work(house)
}
