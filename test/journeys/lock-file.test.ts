import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

interface Entry {
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Readonly<Record<string, Entry>> }

/** Where Node looks for a dependency of the package at `path`, nearest first. */
function placesOf(name: string, path: string): string[] {
  const parents = path.split('/node_modules/').map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'))
  return [
    ...parents
      .toReversed()
      .filter((parent) => parent !== '')
      .map((parent) => `${parent}/node_modules/${name}`),
    `node_modules/${name}`,
  ]
}

// npm may drop packages of other platforms from the lock file; `npm ci` then fails on a fresh machine.
test('the lock file contains every dependency, also for other platforms', () => {
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !placesOf(name, path).some((place) => place in packages))
      .map((name) => `${name}, for ${path}`),
  )
  expect(missing).toEqual([])
})

test('the lock file contains no download URLs, so that any registry can be used', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
