// Loaded before a measured process: counts its calls of fdatasync. A checkpoint of SQLite syncs by itself, once in some thousand pages.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

declare global {
  var countedSyncs: number | undefined
}

globalThis.countedSyncs = 0
const original = fs.fdatasync
fs.fdatasync = ((descriptor: number, done: fs.NoParamCallback) => {
  globalThis.countedSyncs = (globalThis.countedSyncs ?? 0) + 1
  original(descriptor, done)
}) as typeof fs.fdatasync
syncBuiltinESMExports()
