// npm starts scripts by a shell. A signal for npm alone may end npm or that shell and never reach us (npm 10, Node 20).
import { readFileSync } from 'node:fs'

const intervalMs = 500

/** The parent of a process. Undefined where the system has no /proc. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may contain anything: `pid (name) state ppid`.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

/** Calls `stop` once when the npm that started this process, or its shell, is gone. Does nothing outside `npm run`. */
export function exitWithNpm(stop) {
  if (!process.env.npm_lifecycle_event) return
  const shell = process.ppid
  const npm = parentOf(shell)
  const timer = setInterval(() => {
    if (process.ppid === shell && parentOf(shell) === npm) return
    clearInterval(timer)
    stop()
  }, intervalMs)
  timer.unref()
}
