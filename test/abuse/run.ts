// npm run abuse [-- SECONDS [READERS]]: the long form of test/abuse/abuse.test.ts. Exit code 1: a row fails.
import { abuse, type Spread } from './abuse.ts'

const [seconds = 60, readers = 500] = process.argv.slice(2).map(Number)
if (!(seconds >= 8 && seconds <= 600 && readers >= 1 && readers <= 10_000)) {
  console.error('npm run abuse [-- SECONDS [READERS]]: 8 to 600 seconds, 1 to 10000 readers')
  process.exit(2)
}
const { counts, rss, healthz, bare, feeds, issue, databaseMb, metricsKb } = await abuse(seconds, readers)
const ratio = rss.late / rss.early
let isFine = true
const row = (what: string, value: string, isMet = true) => {
  isFine &&= isMet
  console.log(`${what.padEnd(44)}${value.padEnd(52)}${isMet ? 'ok' : 'FAILED'}`)
}
const spread = ({ p50, p99, longest }: Spread) => `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${longest.toFixed(0)} ms`

console.log(`\nEverything at once, for ${seconds} s on loopback\n`)
row(
  'sent by the load',
  Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', '),
)
row(
  'memory, after a quarter and at the end',
  `${rss.early.toFixed(0)} and ${rss.late.toFixed(0)} MB, ratio ${ratio.toFixed(2)} (at most 1.2)`,
  ratio <= 1.2,
)
row('/healthz', spread(healthz))
row('an empty Express route beside it', spread(bare))
row('feeds', `${feeds.whole} whole, ${feeds.broken} broken`, feeds.broken === 0 && feeds.whole > 0)
row(
  'an issue sent meanwhile',
  `${issue.whole} of ${issue.readers} whole, ${issue.twice} twice`,
  issue.whole === issue.readers && issue.twice === 0,
)
row('database', `${databaseMb.toFixed(1)} MB (at most 50)`, databaseMb <= 50)
row('/metrics', `${metricsKb.toFixed(0)} KB (at most 256)`, metricsKb <= 256)
console.log(isFine ? '\nAll held.\n' : '\nNOT all held.\n')
process.exitCode = isFine ? 0 : 1
