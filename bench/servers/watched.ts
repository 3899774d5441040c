// Runs the service and measures its event loop: IPC messages 'begin' and 'end' return the longest delay between them.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { run } from '../../src/server/run.ts'

const resolutionMs = 1
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
const running = await run({
  clock: systemClock(),
  random: systemRandom(),
  env: process.env,
  folder: process.cwd(),
  isTerminal: false,
  say: () => {},
})
delay.enable()
process.on('message', (word) => {
  if (word === 'begin') delay.reset()
  process.send?.({ maxMs: delay.max / 1e6 - resolutionMs })
})
process.send?.({ address: running.address })
