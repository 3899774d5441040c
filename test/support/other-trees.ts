import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Migration } from '../../src/platform/database/migration.ts'

const run = promisify(execFile)

/** The files of another version of the program, which uses the packages of this one. */
export interface Tree extends AsyncDisposable {
  readonly folder: string
}

/** The work tree of the previous commit. Undefined where there is no history, as in a tarball. */
export async function previousTree(): Promise<Tree | undefined> {
  const commit = await run('git', ['rev-parse', '--verify', '--quiet', 'HEAD~1^{commit}']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
  if (!commit) return undefined
  return makeTree(async (folder) => {
    const archive = join(folder, 'tree.tar')
    await run('git', ['archive', '--format=tar', `--output=${archive}`, commit])
    await run('tar', ['-xf', archive, '-C', folder])
    await rm(archive)
  })
}

/** This version with one more migration of the module `articles`. */
export function nextTree(migration: { readonly name: string; readonly sql: string; readonly since: number }): Promise<Tree> {
  return makeTree(async (folder) => {
    for (const part of ['src', 'bin', 'templates', 'test/support', 'package.json']) await cp(part, join(folder, part), { recursive: true })
    const file = join(folder, 'src/articles/migrations.ts')
    const text = await readFile(file, 'utf8')
    const end = text.lastIndexOf(']')
    await writeFile(file, `${text.slice(0, end)}${JSON.stringify(migration)},\n${text.slice(end)}`)
    const versionFile = join(folder, 'src/platform/database/migration.ts')
    const versioned = await readFile(versionFile, 'utf8')
    await writeFile(versionFile, versioned.replace(/storeVersion = \d+/, `storeVersion = ${migration.since}`))
  })
}

/** What another version knows and is. `version` is 0 before versions were kept. */
export async function storeOf({ folder }: Tree): Promise<{ readonly migrations: readonly Migration[]; readonly version: number }> {
  const load = (file: string) => import(pathToFileURL(join(folder, file)).href)
  const { migrations } = await load('src/app/core.ts')
  const { storeVersion = 0 } = await load('src/platform/database/migration.ts')
  return { migrations, version: storeVersion }
}

async function makeTree(fill: (folder: string) => Promise<void>): Promise<Tree> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-tree-'))
  await fill(folder)
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
