import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'

/**
 * Lets only the owner read a database file and its log, whatever the umask is. SQLite gives its log the mode of the file. Creates a missing
 * file, but never opens one that is there: closing it would release the locks of this process (POSIX, `fcntl`).
 */
export function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return
  }
  for (const one of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      if (existsSync(one)) chmodSync(one, 0o600)
    } catch (error) {
      // Owned by somebody else, or gone meanwhile. SQLite says what it needs.
      if (!['EPERM', 'EROFS', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}
