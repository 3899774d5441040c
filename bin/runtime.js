// Plain JavaScript for Node >= 20: finds a Node that is new enough for the service and runs a script with it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const needed = [24, 15]
const root = dirname(dirname(fileURLToPath(import.meta.url)))

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > needed[0] || (major === needed[0] && minor >= needed[1])
}

/** The Node that came with `npm ci`, found by its path: npm 10 links none into .bin when two packages offer one. */
function broughtAlong(packages) {
  const binary = join(packages, `node-${process.platform}-${process.arch}`, 'bin', 'node')
  return existsSync(binary) ? binary : undefined
}

/**
 * Memory for a server, a fifth less than with Node's own settings, at no cost to the start (`npm run bench start`): a young generation in
 * halves of 1 MB, a heap that grows to three times what is alive in it, and once it serves to less (src/cli/start.ts), two malloc
 * arenas, and what is freed goes back.
 */
export const thrift = {
  flags: ['--max-semi-space-size=1', '--heap-growing-percent=200'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' },
}

/**
 * Runs `script` (a path) with `args` and this process's standard streams. Where this Node is new enough it becomes the
 * script's process; else a child does, to which signals are passed on, whose exit code is ours, and which ends with us.
 */
export async function runScript(
  script,
  args,
  { isThrifty = false, nodeVersion = process.versions.node, packages = join(root, 'node_modules') } = {},
) {
  const flags = isThrifty ? thrift.flags : []
  const env = isThrifty ? { ...thrift.env, ...process.env } : process.env
  if (isNewEnough(nodeVersion)) {
    if (process.execve) process.execve(process.execPath, [process.execPath, ...flags, script, ...args], env)
    process.argv = [process.argv[0], script, ...args]
    await import(pathToFileURL(script).href)
    return
  }
  const binary = broughtAlong(packages)
  if (!binary) {
    process.stderr.write(
      `Broadsheet needs Node ${needed.join('.')} or newer; this is ${nodeVersion} on ${process.platform}-${process.arch}, ` +
        'and no newer one came with the packages: install it from https://nodejs.org/ and start again.\n',
    )
    process.exit(1)
  }
  const leash = pathToFileURL(join(root, 'bin', 'leash.js')).href
  const child = spawn(binary, [...flags, '--import', leash, script, ...args], { env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  // A terminal signals the whole group, so the child may get it twice: the service treats a repeat as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`Node at ${binary} could not be started: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}

export { root }
