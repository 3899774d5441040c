#!/usr/bin/env node
// Runs a script of the project with a Node that is new enough: node bin/node.js SCRIPT [ARG …]
import { resolve } from 'node:path'
import { runScript } from './runtime.js'

const [script, ...args] = process.argv.slice(2)
if (!script) {
  process.stderr.write('usage: node bin/node.js SCRIPT [ARG …]\n')
  process.exit(2)
}
await runScript(resolve(script), args)
