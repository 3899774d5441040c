import { relative } from 'node:path'
import { watch } from 'chokidar'
import { isHidden } from './folder.ts'

/** How long changes are collected. Editors that save through a temporary file cause three events within a few ms. */
const collectMs = 25

export interface Watch {
  /** Resolves once changes are reported. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Reports files below `folders` (absolute) that were added, changed or removed. Reads no file. */
export function watchFolders(
  folders: readonly string[],
  changed: (paths: ReadonlySet<string>) => void,
  failed: (error: unknown) => void,
): Watch {
  const watcher = watch([...folders], {
    ignoreInitial: true,
    // Matches `listFolder`, which skips linked folders.
    followSymlinks: false,
    ignored: (path) => folders.every((folder) => isHiddenBelow(folder, path)),
    ignorePermissionErrors: true,
  })
  let collected = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir') return
    collected.add(path)
    timer ??= setTimeout(() => {
      timer = undefined
      const paths = collected
      collected = new Set()
      changed(paths)
    }, collectMs)
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
  const relativePath = relative(folder, path)
  return relativePath === '..' || relativePath.startsWith('../') || (relativePath !== '' && isHidden(relativePath))
}
