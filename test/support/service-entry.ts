// The real service with a clock that the test sets over IPC, and optionally with counting random numbers.

import { systemRandom } from '../../src/platform/random.ts'
import { run } from '../../src/server/run.ts'
import { countingRandom } from './counting-random.ts'
import { drivenClock } from './driven-clock.ts'

const clock = drivenClock(process.env.TEST_NOW ?? '2026-11-20T09:00:00Z')
const running = await run({
  clock,
  random: process.env.TEST_RANDOM === 'counting' ? countingRandom() : systemRandom(),
  env: process.env,
  folder: process.cwd(),
  isTerminal: false,
  say: (text) => void process.stdout.write(text),
})
process.on('message', ({ now }: { now: string }) => {
  clock.set(now)
  process.send?.({ now })
})
process.on('SIGTERM', () => {
  void running.stop().then(() => process.disconnect())
})
process.send?.({ address: running.address })
