import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../../src/config.ts'
import { root } from './pages.ts'

const condition = z.strictObject({ condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']) })
const duration = z.string().regex(/^(?:\d+(?:us|ms|s|m|h))+$/)

/** What the Compose specification allows, of the part that the file uses. An unknown or misspelt key fails. */
const composeSchema = z
  .strictObject({
    services: z.record(
      z.string().regex(/^[a-zA-Z0-9._-]+$/),
      z
        .strictObject({
          build: z.string(),
          image: z.string(),
          profiles: z.array(z.string()),
          ports: z.array(z.string().regex(/^(?:[\d.]+:)?\d+:\d+$/)),
          read_only: z.boolean(),
          tmpfs: z.array(z.string()),
          cap_drop: z.array(z.string()),
          security_opt: z.array(z.string()),
          environment: z.record(z.string(), z.string()),
          volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(?::ro)?$/)),
          depends_on: z.record(z.string(), condition),
          deploy: z.strictObject({ replicas: z.int().positive() }),
          restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
          stop_grace_period: duration,
          healthcheck: z.strictObject({
            test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
            interval: duration,
            timeout: duration,
            start_period: duration.optional(),
            retries: z.int().positive(),
          }),
        })
        .partial(),
    ),
    volumes: z.record(z.string(), z.null()),
  })
  .catchall(z.unknown())

const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
const file = parse(text, { merge: true })
const unknown = Object.keys(file).filter((key) => !['services', 'volumes'].includes(key) && !key.startsWith('x-'))
const { services, volumes } = composeSchema.parse(file)
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined)

test('docker-compose.yml has the services of a shared deployment, and one of a single process', () => {
  expect(unknown).toEqual([])
  expect(Object.keys(services).sort()).toEqual(['mailpit', 'postgres', 'single', 'web', 'worker'])
  expect(services.worker?.deploy?.replicas).toBe(2)
  expect(services.single?.profiles).toEqual(['single'])
  expect(ours.map(([name, { environment }]) => [name, environment?.ROLE])).toEqual([
    ['web', 'web'],
    ['worker', 'worker'],
    ['single', undefined],
  ])
  const named = Object.values(services).flatMap(({ depends_on = {} }) => Object.keys(depends_on))
  for (const name of named) expect(services).toHaveProperty(name)
  const mounted = Object.values(services).flatMap(({ volumes: own = [] }) => own.map((one) => one.split(':')[0] ?? ''))
  expect(mounted.filter((one) => !one.startsWith('.') && !(one in volumes))).toEqual([])
  for (const name of ['web', 'worker', 'single', 'postgres'])
    expect([name, services[name]?.healthcheck !== undefined]).toEqual([name, true])
})

test('the program accepts the environment of each service', () => {
  for (const [name, { environment = {} }] of ours) {
    const given = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, value.replace(/\$\{[^}]*\}/g, 'password')]))
    expect([name, readConfig(given, root)]).toEqual([name, expect.objectContaining({ ok: true })])
  }
})

test('no password stands in docker-compose.yml: it must be given', () => {
  expect(services.postgres?.environment?.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/)
  for (const name of ['web', 'worker'])
    expect(services[name]?.environment?.DATABASE_URL).toMatch(/^postgres:\/\/broadsheet:\$\{POSTGRES_PASSWORD:\?[^}]*\}@postgres\//)
})

test('only this machine reaches the mail catcher, and nobody else the database', () => {
  expect(services.mailpit?.ports).toEqual(['127.0.0.1:8025:8025'])
  expect(services.postgres?.ports).toBeUndefined()
  expect(services.worker?.ports).toBeUndefined()
})

test('containers cannot gain rights, and those without data of their own cannot write to their file system', () => {
  for (const [name, service] of Object.entries(services)) {
    expect(service.security_opt, name).toContain('no-new-privileges:true')
    // The image of PostgreSQL changes its user and the owner of its volume as it starts.
    if (name === 'postgres') continue
    expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']])
  }
})

/** Settings of systemd that the units use, by section. Systemd ignores a misspelt one with a warning. */
const known: Readonly<Record<string, readonly string[]>> = {
  Unit: ['Description', 'After', 'Wants'],
  Service: [
    ...['User', 'WorkingDirectory', 'EnvironmentFile', 'ExecStart', 'Restart', 'RestartSec', 'TimeoutStopSec'],
    ...['NoNewPrivileges', 'PrivateTmp', 'ProtectSystem', 'ProtectHome', 'ReadWritePaths'],
  ],
  Install: ['WantedBy'],
}

test.each(['broadsheet.service', 'broadsheet@.service'])(
  '%s has no setting that systemd does not know, and stops later than the sender',
  (name) => {
    let section = ''
    const settings = new Map<string, string>()
    for (const line of readFileSync(join(root, 'docs', 'systemd', name), 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const heading = /^\[(\w+)\]$/.exec(line)?.[1]
      if (heading) section = heading
      if (heading) continue
      const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(line) ?? []
      expect([section, key]).toEqual([section, expect.toBeOneOf([...(known[section] ?? [])])])
      settings.set(key, value)
    }
    // `stopPatienceMs` of the sender is 30 seconds.
    expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(30)
    expect(settings.get('ExecStart')).toBe('/usr/bin/node bin/broadsheet.js start')
  },
)
