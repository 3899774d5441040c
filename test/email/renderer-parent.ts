// A process that makes one letter, tells the number of the press's child, and waits to be killed.
import { startPress } from '../../src/email/renderer.ts'
import { confirmOrder } from './requests.ts'

const press = startPress(process.argv[2] ?? '')
await press.print(confirmOrder)
process.send?.(press.pid)
