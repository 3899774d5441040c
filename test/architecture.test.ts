import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findViolations, type ImportTable } from './support/architecture.ts'
import { importTable } from './support/import-table.ts'

test('every file of src/ keeps the import rules', () => {
  const root = join(import.meta.dirname, '../src')
  const paths = globSync('**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}', { cwd: root })
  const sources = paths.map((path) => ({ path: path.replaceAll('\\', '/'), source: readFileSync(join(root, path), 'utf8') }))
  expect(sources.length).toBeGreaterThan(100)
  expect(findViolations(importTable, sources)).toEqual([])
})

test('ARCHITECTURE.md shows the same table', () => {
  const page = readFileSync(join(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8')
  const shown = [...page.matchAll(/^\| `([\w/.]+)` +\| (.+?) +\|$/gm)].map(([, row = '', cell = '']) => [row, cell.replaceAll('`', '')])
  const always = 'publication, platform'
  const rows = { ...importTable.base, ...importTable.modules, ...importTable.outer }
  const expected = Object.entries(rows).map(([row, names]) => {
    if (Object.hasOwn(importTable.modules, row)) return [row, [...names, always].join(', ')]
    return [row, names.join(', ') || 'nothing of ours']
  })
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected))
})

describe('the rules tell', () => {
  const sampleTable: ImportTable = {
    base: { platform: [], publication: ['platform'] },
    modules: { outbox: [], digests: ['outbox'] },
    outer: { 'web/site': ['digests', 'platform'], 'web/admin': ['every module'], 'app.ts': ['web/site', 'web/admin', 'every module'] },
    compositionRoot: 'app.ts',
  }
  const sample: Readonly<Record<string, string>> = {
    'platform/log.ts': 'export const log = 1',
    'platform/database/sql.ts': 'export class Sql {}\nexport const sql = () => new Sql()',
    'publication/publication.ts': "import { log } from '../platform/log.ts'",
    'outbox/migrations.ts': 'export const script = `CREATE TABLE deliveries (id INTEGER)`',
    'outbox/store.ts': "import { sql } from '../platform/database/sql.ts'\nexport const all = sql`SELECT 1`",
    'outbox/sender/sender.ts': "import { all } from '../store.ts'",
    'digests/issue/create.ts': "// import '../../outbox/store.ts'\nimport type { x } from '../../outbox/sender/sender.ts'",
    'web/site/page.ts': "export { y } from '../../digests/issue/create.ts'",
    'web/admin/page.ts': "const page = 'an UPDATE of ./page.ts'",
    'app.ts': "import { script } from './outbox/migrations.ts'\nawait import('./web/site/page.ts')",
  }
  function violationsWith(files: Readonly<Record<string, string>>, changed: ImportTable = sampleTable): readonly string[] {
    return findViolations(
      changed,
      Object.entries({ ...sample, ...files }).map(([path, source]) => ({ path, source })),
    )
  }

  test('nothing where nothing is wrong', () => {
    expect(violationsWith({})).toEqual([])
  })

  test('a nested folder that imports the store of a neighbour', () => {
    expect(violationsWith({ 'digests/issue/hold.ts': "\nimport { all } from '../../outbox/store.ts'" })).toEqual([
      'digests/issue/hold.ts:2: imports outbox/store.ts: a store is imported only inside its own module',
    ])
  })

  test('a folder and a file that have no row, and who imports them', () => {
    const files = { 'billing/bill.ts': '', 'web/shop/cart.ts': '', 'main.ts': '', 'outbox/x.ts': "import '../billing/bill.ts'" }
    expect(violationsWith(files)).toEqual([
      'billing/bill.ts:1: belongs to no row of the table',
      'web/shop/cart.ts:1: belongs to no row of the table',
      'main.ts:1: belongs to no row of the table',
      'outbox/x.ts:1: imports billing/bill.ts: belongs to no row of the table',
    ])
  })

  test('what the table does not allow, in every form of an import', () => {
    const forms = [
      "import { x } from '../outbox/x.ts'",
      "import type { x } from '../outbox/x.ts'",
      "export * from '../outbox/x.ts'",
      "export type { x } from '../outbox/x.ts'",
      "const x = await import('../outbox/x.ts')",
      'const x = await import(`../outbox/x.ts`)',
      "let x: typeof import('../outbox/x.ts')",
      "type X = import('../outbox/x.ts').X",
      "const x = require('../outbox/x.ts')",
      "fork(new URL('../outbox/x.ts', import.meta.url))",
    ]
    for (const form of forms) {
      expect(violationsWith({ 'platform/log.ts': `/*\n*/ ${form}` }), form).toEqual([
        'platform/log.ts:2: imports outbox/x.ts: platform may not import outbox',
      ])
    }
  })

  test('a neighbour of a nested row, a file outside src/, and an import that is computed', () => {
    const source = `import '../admin/page.ts'\nimport '../../../test/x.ts'\nawait import(name)\nawait import(\`./\${name}.ts\`)`
    expect(violationsWith({ 'web/site/page.ts': source })).toEqual([
      'web/site/page.ts:1: imports web/admin/page.ts: web/site may not import web/admin',
      'web/site/page.ts:2: imports ../test/x.ts: is outside src/',
      'web/site/page.ts:3: import() of a computed path cannot be checked',
      'web/site/page.ts:4: import() of a computed path cannot be checked',
    ])
  })

  test('a cycle of files, though only types tie it', () => {
    const files = {
      'outbox/a.ts': "\nimport type { B } from './sender/b.ts'",
      'outbox/sender/b.ts': "import { c } from './c.ts'",
      'outbox/sender/c.ts': "export type { A } from '../a.ts'",
    }
    expect(violationsWith(files)).toEqual([
      'outbox/a.ts:2: import cycle: outbox/a.ts -> outbox/sender/b.ts -> outbox/sender/c.ts -> outbox/a.ts',
    ])
  })

  test('SQL outside a store, whatever its form or name', () => {
    const rule = 'SQL stands only in store.ts, *-store.ts, migrations.ts and platform/database/'
    const lines = [
      "import { joinSql, sql, Sql, sql as query } from '../platform/database/sql.ts'",
      'sql`UPDATE deliveries SET id = 1`',
      'joinSql([])',
      "new Sql([''], [])",
      `run(\` DELETE FROM \${name}\`)`,
    ]
    expect(violationsWith({ 'outbox/queries.ts': lines.join('\n'), 'outbox/query-store.ts': lines.join('\n') })).toEqual([
      `outbox/queries.ts:1: imports platform/database/sql.ts: ${rule}`,
      `outbox/queries.ts:2: writes SQL (sql\`\`): ${rule}`,
      `outbox/queries.ts:3: writes SQL (joinSql()): ${rule}`,
      `outbox/queries.ts:4: writes SQL (new Sql()): ${rule}`,
      `outbox/queries.ts:5: writes SQL (text of a statement): ${rule}`,
    ])
  })

  test('migrations that another file than the composition root imports', () => {
    expect(
      violationsWith({ 'outbox/store.ts': "import './migrations.ts'", 'web/admin/page.ts': "import '../../outbox/migrations.ts'" }),
    ).toEqual([
      'outbox/store.ts:1: imports outbox/migrations.ts: only app.ts imports migrations',
      'web/admin/page.ts:1: imports outbox/migrations.ts: only app.ts imports migrations',
    ])
  })

  test('a table with a row that nobody needs, a name that it does not know, and a cycle', () => {
    const modules = { outbox: ['digests'], digests: ['outbox'], inbound: ['email'] }
    expect(violationsWith({}, { ...sampleTable, modules })).toEqual([
      'table: the row of inbound has no file',
      'table: the row of inbound names email, which has no row',
      'table: the rows allow a cycle: outbox -> digests -> outbox',
    ])
  })
})
