import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
}

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
const { services } = parse(text) as { readonly services: Readonly<Record<string, Service>> }

test('no password stands in docker-compose.yml: it must be given', () => {
  expect(services.postgres?.environment?.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/)
  expect(services.broadsheet?.environment?.DATABASE_URL).toMatch(/^postgres:\/\/broadsheet:\$\{POSTGRES_PASSWORD:\?[^}]*\}@postgres\//)
})

test('only this machine reaches the mail catcher, and nobody else the database', () => {
  expect(services.mailpit?.ports).toEqual(['127.0.0.1:8025:8025'])
  expect(services.postgres?.ports).toBeUndefined()
})

test('containers cannot gain rights, and those without data of their own cannot write to their file system', () => {
  for (const [name, service] of Object.entries(services)) {
    expect(service.security_opt, name).toContain('no-new-privileges:true')
    // The image of PostgreSQL changes its user and the owner of its volume as it starts.
    if (name === 'postgres') continue
    expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']])
  }
})
