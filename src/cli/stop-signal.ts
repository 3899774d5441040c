/**
 * The first signal that says stop. Heard from the call on, and by whoever calls: a launcher and a terminal may both pass it on, and a repeat is
 * treated as one.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => resolve(name))
  })
}
