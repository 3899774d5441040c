import { relative } from 'node:path'
import { watch } from 'chokidar'
import { isHidden } from './folder.ts'

/** How long changes are gathered: an editor that saves through a second file makes three of one, within a few ms. */
const gatherMs = 25

export interface Watch {
  /** Resolves when every change from then on is told. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Tells which files below `folders` (absolute) were added, changed or removed. No file is read. */
export function watchFolders(
  folders: readonly string[],
  changed: (paths: ReadonlySet<string>) => void,
  failed: (error: unknown) => void,
): Watch {
  const watcher = watch([...folders], {
    ignoreInitial: true,
    // A link to a folder is not followed by the reader either.
    followSymlinks: false,
    ignored: (path) => folders.every((folder) => isHiddenBelow(folder, path)),
    ignorePermissionErrors: true,
  })
  let gathered = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir') return
    gathered.add(path)
    timer ??= setTimeout(() => {
      timer = undefined
      const paths = gathered
      gathered = new Set()
      changed(paths)
    }, gatherMs)
  })
  watcher.on('error', failed)
  return {
    ready: new Promise((resolve) => watcher.once('ready', resolve)),
    async close() {
      clearTimeout(timer)
      await watcher.close()
    },
  }
}

function isHiddenBelow(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '..' || way.startsWith('../') || (way !== '' && isHidden(way))
}
