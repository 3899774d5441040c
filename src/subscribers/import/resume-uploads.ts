import { CoalescedTask } from '../../platform/coalesced-task.ts'
import { logError } from '../../platform/log.ts'
import type { SubscribersContext } from '../context.ts'
import { readUploadsInWork } from './upload-store.ts'
import { continueUpload } from './uploads.ts'

/**
 * Continues imports of the desk whose process has ended, such as by a restart, and begins those that a process with the role `web` left.
 * Several processes may look: one takes each.
 */
export class UploadResumer {
  readonly #context: SubscribersContext
  readonly #task: CoalescedTask

  constructor(context: SubscribersContext) {
    this.#context = context
    this.#task = new CoalescedTask(
      (signal) => this.#look(signal),
      (error) => logError(context.log, error, 'could not look for imports to continue; will retry'),
    )
  }

  trigger(): void {
    this.#task.trigger()
  }

  /** An import that is running goes on: `uploads.ts` owns it. */
  stop(): Promise<void> {
    return this.#task.stop()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { database, log } = this.#context
    for (const upload of await readUploadsInWork(database)) {
      if (signal.aborted) return
      if (await continueUpload(this.#context, upload)) log.info({ upload: upload.id }, 'an import is continued here')
    }
  }
}
