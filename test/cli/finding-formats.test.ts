import { XMLParser } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { formatFindings } from '../../src/cli/finding-formats.ts'
import type { Finding } from '../../src/platform/finding.ts'

const findings: Finding[] = [
  {
    severity: 'error',
    file: '/blog/content/articles/a.md',
    line: 3,
    field: 'publish_date',
    reason: 'is no day: "2026-02-30", 100%\nreally',
  },
  { severity: 'warning', file: '/blog/content/articles/b, c.md', line: undefined, field: undefined, reason: '<b>"&\0' },
  { severity: 'notice', file: undefined, line: undefined, field: 'url', reason: 'url is local' },
]
const tell = (format: Parameters<typeof formatFindings>[1]) => formatFindings(findings, format, '/blog')

test('people and editors get file:line: message', () => {
  expect(tell('text').split('\n')[0]).toBe('content/articles/a.md:3: publish_date is no day: "2026-02-30", 100%')
  expect(tell('text')).toContain('(warning)\n.: url is local (notice)\n')
})

test('GitHub gets one command for each, with special characters escaped', () => {
  expect(tell('github').split('\n')).toEqual([
    '::error file=content/articles/a.md,line=3,title=publish_date::publish_date is no day: "2026-02-30", 100%25%0Areally',
    '::warning file=content/articles/b%2C c.md,line=1,title=broadsheet check::<b>"&\0',
    '::notice file=.,line=1,title=url::url is local',
    '',
  ])
})

test('GitLab gets a Code Quality report whose fingerprints tell findings apart', () => {
  const report = JSON.parse(tell('gitlab'))
  expect(report[0]).toMatchObject({ severity: 'critical', location: { path: 'content/articles/a.md', lines: { begin: 3 } } })
  expect(new Set(report.map((one: { fingerprint: string }) => one.fingerprint)).size).toBe(3)
})

test('Checkstyle is XML with the same findings', () => {
  const { checkstyle } = new XMLParser({ ignoreAttributes: false }).parse(tell('checkstyle'))
  expect(checkstyle.file).toHaveLength(3)
  expect(checkstyle.file[1].error['@_message']).toBe('<b>"&')
})

test('JSON has everything, with the number of errors', () => {
  const report = JSON.parse(tell('json'))
  expect(report.errors).toBe(1)
  expect(report.findings[0]).toMatchObject({ severity: 'error', file: 'content/articles/a.md', line: 3, field: 'publish_date' })
})
