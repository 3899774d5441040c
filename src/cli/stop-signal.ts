/**
 * Resolves with the first stop signal after the call. Repeated signals are ignored: a launcher and a terminal may both send one.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => resolve(name))
  })
}
