/** What this process counts since its start, for `/metrics`. Prometheus adds processes up. */
export const processCounters = {
  delivery_attempts_total: {
    help: 'Attempts to deliver, by the state that followed and the class of the reply (2xx, 4xx, 5xx, none).',
    labels: ['state', 'reply'],
  },
  leases_expired_total: {
    help: 'Deliveries under a lease that ended with its process, by what became of them: queued, uncertain.',
    labels: ['state'],
  },
  feed_responses_total: { help: 'Answers to requests of feeds, by status: 200, 226, 304 and others.', labels: ['status'] },
  webhook_attempts_total: { help: 'Attempts to call webhooks, by result: succeeded, failed.', labels: ['result'] },
} as const satisfies Readonly<Record<string, { readonly help: string; readonly labels: readonly string[] }>>

export type ProcessCounter = keyof typeof processCounters

/** Values of labels are few and never come from a stranger, so this stays small. */
const counts = new Map<ProcessCounter, Map<string, number>>()
const separator = '\0'

/** `values` belong to the labels of the counter, in their order. */
export function count(name: ProcessCounter, values: readonly string[], by = 1): void {
  const key = values.join(separator)
  let ofName = counts.get(name)
  if (!ofName) {
    ofName = new Map()
    counts.set(name, ofName)
  }
  ofName.set(key, (ofName.get(key) ?? 0) + by)
}

export function readProcessCounter(name: ProcessCounter): { readonly values: readonly string[]; readonly count: number }[] {
  return [...(counts.get(name) ?? [])].map(([key, n]) => ({ values: key.split(separator), count: n }))
}
