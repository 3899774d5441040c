// Renders one email, prints the process id of the renderer's child, and waits to be killed.
import { startRenderer } from '../../src/email/renderer.ts'
import { confirmRequest } from './requests.ts'

const renderer = startRenderer(process.argv[2] ?? '')
await renderer.render(confirmRequest)
process.send?.(renderer.pid)
