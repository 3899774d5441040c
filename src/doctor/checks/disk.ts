import { statfs } from 'node:fs/promises'
import type { Check } from '../check.ts'
import { advice, fail, ok, warn } from '../line.ts'

const megabyte = 1024 * 1024
/** A digest to a million readers writes some hundred megabytes of deliveries. */
const lowBytes = 1024 * megabyte
const fullBytes = 200 * megabyte

/** DATA_DIR has space left, in bytes and in files. */
export const diskCheck: Check = {
  id: 'disk',
  title: 'Disk',
  async run({ settings }) {
    const asked = `free space of ${settings.dataFolder}`
    const { bavail, blocks, bsize, ffree, files } = await statfs(settings.dataFolder)
    const free = bavail * bsize
    const answered = `${Math.floor(free / megabyte).toLocaleString('en')} MB of ${Math.floor((blocks * bsize) / megabyte).toLocaleString('en')} MB`
    const mend = advice('Free space on the disk, or move DATA_DIR to a larger one.')
    if (free < fullBytes) return [fail(asked, answered, 'The disk is full: mail and sign-ups will fail.', mend)]
    if (free < lowBytes) return [warn(asked, answered, 'The disk is nearly full.', mend)]
    // Some file systems have no such limit and say 0.
    if (files > 0 && ffree < 1_000) return [fail(asked, `${ffree} files can be made`, 'The disk cannot hold more files.', mend)]
    return [ok(asked, answered)]
  },
}
