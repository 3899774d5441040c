// Another program that writes into the database file: holds its write lock for most of the time, in short turns.
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'

const holdMs = 120
const restMs = 20

const connection = new DatabaseSync(process.argv[2] as string, { timeout: 5_000 })
process.on('disconnect', () => process.exit())
process.send?.('open')
for (;;) {
  connection.exec('BEGIN IMMEDIATE')
  await setTimeout(holdMs)
  connection.exec('COMMIT')
  await setTimeout(restMs)
}
