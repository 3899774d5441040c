import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { migrations } from '../../src/app/core.ts'

test('the record of limits names every table of the database, and no other', () => {
  const record = readFileSync('docs/decisions/0016-limits.md', 'utf8')
  const named = [...(/## Tables([\s\S]*?)\n## /.exec(record)?.[1] ?? '').matchAll(/^\| (`[^|]*?) *\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  const scripts = migrations.map(({ sql }) => (typeof sql === 'string' ? sql : Object.values(sql).join('\n'))).join('\n')
  const made = [...scripts.matchAll(/CREATE TABLE (\w+)/g)].map(([, name]) => name)
  const dropped = new Set([...scripts.matchAll(/DROP TABLE (\w+)/g)].map(([, name]) => name))
  const renamed = new Map([...scripts.matchAll(/ALTER TABLE (\w+) RENAME TO (\w+)/g)].map(([, from, to]) => [from, to]))
  const tables = made.filter((name) => !dropped.has(name)).map((name) => renamed.get(name) ?? name)
  expect(named.sort()).toEqual([...new Set([...tables, 'migrations', 'lowest_version'])].sort())
})
