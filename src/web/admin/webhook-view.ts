import { type ForeignText, inEnglish } from '../../platform/marked-text.ts'
import { shortTime } from '../../publication/format-date.ts'
import type { Publication } from '../../publication/publication.ts'
import { localPath, paths } from '../../publication/urls.ts'
import type { Attempt, WebhookDelivery } from '../../webhooks/delivery.ts'
import { type Endpoint, failuresToTell } from '../../webhooks/endpoint.ts'
import { eventTypes } from '../../webhooks/event.ts'
import { type DeskContext, reasonWords, words } from './desk-page.ts'

/** What the form of an endpoint holds. */
export interface EndpointForm {
  readonly url: string
  readonly description: string
  readonly types: readonly string[]
}

export const emptyForm: EndpointForm = { url: '', description: '', types: eventTypes }

/** An endpoint in the list and at the head of its page. */
export function endpointValues(desk: DeskContext, endpoint: Endpoint): object {
  const publication = desk.publication()
  const until = endpoint.previousUntil
  return {
    href: localPath(publication, paths.adminWebhook(endpoint.id)),
    url: endpoint.url,
    description: endpoint.description,
    types: endpoint.types.length === eventTypes.length ? words(desk, 'webhooks.types.all') : inEnglish(endpoint.types.join(', ')),
    created: shortTime(publication, endpoint.createdAt),
    is_enabled: endpoint.isEnabled,
    state: stateOf(endpoint),
    disabled_reason: endpoint.disabledReason === undefined ? null : reasonWords(desk, endpoint.disabledReason),
    failures: endpoint.failures,
    failing_since: endpoint.failingSince ? shortTime(publication, endpoint.failingSince) : null,
    previous_until: until && until.getTime() > desk.clock.now().getTime() ? shortTime(publication, until) : null,
    /** Tells a form that was shown before the last rotation. */
    previous_mark: previousMark(endpoint),
  }
}

/** Changes with each rotation. */
export function previousMark({ previousUntil }: Endpoint): string {
  return previousUntil === undefined ? 'none' : String(previousUntil.getTime())
}

function stateOf({ isEnabled, disabledReason, failures }: Endpoint): 'enabled' | 'failing' | 'disabled' | 'stopped' {
  if (!isEnabled) return disabledReason === undefined ? 'disabled' : 'stopped'
  return failures >= failuresToTell ? 'failing' : 'enabled'
}

/** One line of the log, with its attempts. */
export function deliveryValues(publication: Publication, delivery: WebhookDelivery): object {
  const { id, type, state, createdAt, dueAt, attempts } = delivery
  return {
    id,
    type,
    state,
    at: shortTime(publication, createdAt),
    next: state === 'queued' ? shortTime(publication, dueAt) : null,
    last: lastOf(attempts),
    attempts: attempts.map((attempt) => ({
      at: shortTime(publication, attempt.at),
      took: attempt.tookMs,
      status: attempt.status ?? null,
      reason: attempt.reason === undefined ? null : inEnglish(attempt.reason),
      answer: attempt.answer ?? null,
    })),
  }
}

/** The outcome of the latest attempt in a few words: its status, or why there is none. */
function lastOf(attempts: readonly Attempt[]): ForeignText | null {
  const last = attempts.at(-1)
  return last ? inEnglish(String(last.status ?? last.reason ?? '')) : null
}

export function typeChoices(form: EndpointForm): object[] {
  return eventTypes.map((name) => ({ name, is_chosen: form.types.includes(name) }))
}
