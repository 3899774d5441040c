/**
 * Resolves with the first stop signal after the call. Repeated signals are ignored: a launcher and a terminal may both send one.
 */
export function stopSignal(names: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP']): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of names) process.on(name, () => resolve(name))
  })
}
