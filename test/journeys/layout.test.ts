import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { freshDatabase } from '../support/databases.ts'
import { startReceiver } from '../support/receiver.ts'

const run = promisify(execFile)
const nobody = 65_534

test('the layout of the image works: production packages, a tree that cannot be written, another user, and nothing but the data folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-layout-'))
  const isRoot = process.getuid?.() === 0
  try {
    await chmod(folder, 0o755)
    const app = join(folder, 'app')
    await mkdir(app)
    // What the Dockerfile copies beside the packages.
    const copied = [...(await readFile('Dockerfile', 'utf8')).matchAll(/^COPY (\S+) \S+$/gm)].map(([, name = '']) => name)
    expect(copied).toEqual(['package.json', 'bin', 'src', 'templates', 'content'])
    for (const name of copied) await cp(name, join(app, name), { recursive: true })
    await copyPackages(app)
    expect(await readdir(join(app, 'node_modules'))).not.toContain('vitest')
    const node = join(folder, 'node')
    await copyFile(process.execPath, node)
    await chmod(node, 0o755)
    const data = join(folder, 'data')
    await mkdir(data)
    if (isRoot) await chown(data, nobody, nobody)
    await run('chmod', ['-R', 'a+rX,a-w', app])

    await using receiver = await startReceiver()
    const { address } = await freshDatabase('postgres')
    const child = spawn(node, ['bin/broadsheet.js', 'start'], {
      cwd: app,
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
      env: { PATH: '/usr/bin:/bin', PORT: '0', DATA_DIR: data, DATABASE_URL: address, SMTP_URL: receiver.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'exit')
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => (said += part))
    await expect.poll(() => said, { timeout: 60_000 }).toMatch(/Pages +http:\/\/localhost:\d+/)
    const origin = /Pages +(http:\/\/localhost:\d+)/.exec(said)?.[1] ?? ''
    await expect.poll(async () => (await fetch(`${origin}/readyz`)).status, { timeout: 30_000 }).toBe(200)
    for (const path of ['/', '/feed.xml', '/subscribe', '/healthz'])
      expect([path, (await fetch(origin + path)).status]).toEqual([path, 200])
    const digest = /name="digests"[^>]*value="([^"]+)"/.exec(await (await fetch(`${origin}/subscribe`)).text())?.[1] ?? ''
    const form = new URLSearchParams({ email: 'ann@example.org', digests: digest })
    expect((await fetch(`${origin}/subscribe`, { method: 'POST', body: form })).status).toBe(200)
    // The renderer works in a process of its own.
    expect((await receiver.next(({ to }) => to === 'ann@example.org')).mail.text).toContain('/confirm/')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(said).not.toMatch(/EROFS|EACCES|EPERM/)
    if (isRoot) expect((await run('find', [app, '-user', String(nobody)])).stdout).toBe('')
  } finally {
    await run('chmod', ['-R', 'u+w', folder])
    await rm(folder, { recursive: true, force: true })
  }
}, 300_000)

/** What `npm ci --omit=dev` installs, without the Node that the image brings itself. */
async function copyPackages(app: string): Promise<void> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>
  }
  const wanted = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev && !/node_modules\/node-linux-/.test(path))
  const roots = wanted.map(([path]) => path).filter((path) => path.lastIndexOf('node_modules/') === 0)
  const nestedDev = Object.entries(lock.packages).filter(([path, { dev }]) => dev && path.lastIndexOf('node_modules/') > 0)
  expect(roots.length).toBeGreaterThan(100)
  const skipped = new Set(nestedDev.map(([path]) => resolve(path)))
  for (const path of roots) {
    await mkdir(dirname(join(app, path)), { recursive: true })
    // Packages for other systems are in the lock file, but not on the disk.
    await cp(path, join(app, relative('.', path)), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => !skipped.has(resolve(from)),
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}
