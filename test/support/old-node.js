// Runs a script as if Node were too old: node old-node.js [--bare] SCRIPT [ARG …]. With --bare, no newer Node is bundled.
import { runScript } from '../../bin/runtime.js'

const isBare = process.argv[2] === '--bare'
const [script, ...args] = process.argv.slice(isBare ? 3 : 2)
await runScript(script, args, { nodeVersion: '20.20.2', ...(isBare ? { packages: '/nowhere' } : {}) })
