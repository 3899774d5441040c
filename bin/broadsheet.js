#!/usr/bin/env node
import { join } from 'node:path'
import { root, runScript } from './runtime.js'

await runScript(join(root, 'bin', 'service.js'), process.argv.slice(2), { isLowMemory: true })
