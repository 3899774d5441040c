import type { RequestHandler, Response } from 'express'
import { type IssueProgress, liveIssueJson, progressOf } from '../../digests/issue/progress.ts'
import { runningIssueIds } from '../../digests/issue/running.ts'
import type { Stop } from '../../platform/clock.ts'
import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logWarning } from '../../platform/log.ts'
import { deskLanguage, speakIn } from './desk-language.ts'
import type { DeskContext } from './desk-page.ts'
import { progressValues } from './issue-view.ts'
import { signedIn } from './signed-in.ts'

export const liveLimits = {
  /** Streams of one session: tabs of one browser. */
  perSession: 5,
  /** Streams of this process. They are counted apart from other connections. */
  inAll: 200,
  /** One poll feeds all streams. */
  pollMs: 1_000,
  /** A stream whose session has ended stops within five seconds: this and one poll. */
  sessionCheckPolls: 3,
  /** Proxies close a connection that is silent for a minute or so. */
  heartbeatPolls: 20,
  /** Unread bytes in memory. A browser that sleeps does not read. */
  unreadBytes: 64 * 1_024,
}

interface Stream {
  readonly response: Response
  readonly sessionId: string
  /** Of the page that listens. The poll belongs to no request. */
  readonly language: string
  lastText: string
  silentPolls: number
}

/**
 * The progress of all running issues as server-sent events, in streams to the pages of the desk. Beyond the limits it answers 204, which
 * tells the browser not to ask again: the page then loads itself anew. The database is read once a second while a stream is open.
 */
export class LiveStreams {
  readonly #desk: DeskContext
  readonly #open = new Set<Stream>()
  readonly #polling: CoalescedTask
  #stopTicks: Stop = () => {}
  #polls = 0
  #isFailing = false

  constructor(desk: DeskContext) {
    this.#desk = desk
    this.#polling = new CoalescedTask(
      () => this.#poll(),
      (error) => this.#fail(error),
    )
    desk.live?.closing.addEventListener('abort', () => this.#endAll(), { once: true })
  }

  readonly handler: RequestHandler = (request, response) => {
    const { sessionId } = signedIn(response)
    if (!this.#hasRoomFor(sessionId)) {
      response.status(204).end()
      return
    }
    // Not by Express, which would add a charset.
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store, no-transform',
      // nginx would collect the events otherwise.
      'X-Accel-Buffering': 'no',
    })
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    response.flushHeaders()
    response.write('retry: 3000\n\n')
    this.#add({ response, sessionId, language: deskLanguage(), lastText: '', silentPolls: 0 })
  }

  #hasRoomFor(sessionId: string): boolean {
    if (this.#desk.live?.closing.aborted || this.#open.size >= liveLimits.inAll) return false
    return [...this.#open].filter((one) => one.sessionId === sessionId).length < liveLimits.perSession
  }

  #add(stream: Stream): void {
    if (this.#open.size === 0) this.#stopTicks = this.#desk.clock.every(liveLimits.pollMs, () => this.#polling.trigger())
    this.#open.add(stream)
    stream.response.once('close', () => this.#remove(stream))
    // A response that fails is closed; the reason does not matter.
    stream.response.on('error', () => {})
    this.#desk.live?.countStreams(this.#open.size)
    this.#polling.trigger()
  }

  #remove(stream: Stream): void {
    if (!this.#open.delete(stream)) return
    if (this.#open.size === 0) this.#stopTicks()
    this.#desk.live?.countStreams(this.#open.size)
  }

  async #poll(): Promise<void> {
    if (this.#open.size === 0) return
    if (this.#polls++ % liveLimits.sessionCheckPolls === 0) await this.#endOfEndedSessions()
    const ids = await runningIssueIds(this.#desk.digests)
    const running = ids.length === 0 ? [] : await progressOf(this.#desk.digests, ids)
    this.#isFailing = false
    for (const [language, streams] of Map.groupBy(this.#open, (stream) => stream.language)) {
      const text = speakIn(language, () => JSON.stringify({ issues: running.map((progress) => this.#issueJson(progress)) }))
      for (const stream of streams) this.#send(stream, text)
    }
  }

  #issueJson(progress: IssueProgress): object {
    const { sentence, rate, settled, all } = progressValues(this.#desk, progress)
    return { ...liveIssueJson(progress), sentence, rate_text: rate, settled, all }
  }

  async #endOfEndedSessions(): Promise<void> {
    const streams = [...this.#open]
    const valid = await this.#desk.access.validSessions([...new Set(streams.map(({ sessionId }) => sessionId))])
    for (const stream of streams) if (!valid.has(stream.sessionId)) this.#end(stream)
  }

  #send(stream: Stream, text: string): void {
    const { response } = stream
    if (response.writableLength > liveLimits.unreadBytes) {
      response.destroy()
      return
    }
    if (stream.lastText !== text) {
      stream.lastText = text
      stream.silentPolls = 0
      response.write(`event: progress\ndata: ${text}\n\n`)
    } else if (++stream.silentPolls >= liveLimits.heartbeatPolls) {
      stream.silentPolls = 0
      response.write(':\n\n')
    }
  }

  /** Without the database nobody knows whose session has ended. The browsers ask again. */
  #fail(error: Error): void {
    if (!this.#isFailing) logWarning(this.#desk.digests.log, error, 'could not read the progress for open pages of the desk')
    this.#isFailing = true
    this.#endAll()
  }

  #endAll(): void {
    for (const stream of [...this.#open]) this.#end(stream)
  }

  #end(stream: Stream): void {
    this.#remove(stream)
    stream.response.end()
  }
}
