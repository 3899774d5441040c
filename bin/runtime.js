// Plain JavaScript for Node >= 20: finds a Node that is new enough for the service and runs a script with it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { exitWithNpm } from './exit-with-npm.js'

const needed = [24, 15]
const root = dirname(dirname(fileURLToPath(import.meta.url)))

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > needed[0] || (major === needed[0] && minor >= needed[1])
}

/** The Node that `npm ci` installed, found by its path: npm 10 links none into .bin if two packages offer one. */
function bundledNode(packages) {
  const binary = join(packages, `node-${process.platform}-${process.arch}`, 'bin', 'node')
  return existsSync(binary) ? binary : undefined
}

/**
 * Settings that save a fifth of a server's memory without a slower start (`npm run bench start`): a young generation in halves of 1 MB,
 * at most 200 % heap growth (less after the start: src/cli/start.ts), two malloc arenas, and freed memory returned to the system.
 */
export const lowMemory = {
  flags: ['--max-semi-space-size=1', '--heap-growing-percent=200'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' },
}

/**
 * Runs `script` (a path) with `args` and this process's standard streams. A Node that is new enough runs it in this process.
 * Otherwise a child process does: it gets our signals, ends with us, and its exit code is ours.
 */
export async function runScript(
  script,
  args,
  { isLowMemory = false, nodeVersion = process.versions.node, packages = join(root, 'node_modules') } = {},
) {
  const flags = isLowMemory ? lowMemory.flags : []
  const env = isLowMemory ? { ...lowMemory.env, ...process.env } : process.env
  if (isNewEnough(nodeVersion)) {
    if (process.execve) process.execve(process.execPath, [process.execPath, ...flags, script, ...args], env)
    process.argv = [process.argv[0], script, ...args]
    await import(pathToFileURL(script).href)
    return
  }
  const binary = bundledNode(packages)
  if (!binary) {
    process.stderr.write(
      `Broadsheet needs Node ${needed.join('.')} or newer; this is ${nodeVersion} on ${process.platform}-${process.arch}, ` +
        'and npm installed no newer one. Install it from https://nodejs.org/ and start again.\n',
    )
    process.exit(1)
  }
  const exitWithParent = pathToFileURL(join(root, 'bin', 'exit-with-parent.js')).href
  const child = spawn(binary, [...flags, '--import', exitWithParent, script, ...args], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  // A terminal signals the whole group, so the child may get a signal twice. The service ignores repeats.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  exitWithNpm(() => child.kill('SIGTERM'))
  child.on('error', (error) => {
    process.stderr.write(`Node at ${binary} could not be started: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}

export { root }
