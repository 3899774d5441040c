import { createHash } from 'node:crypto'
import { relative, sep } from 'node:path'
import { type Finding, textOf } from '../platform/finding.ts'
import { escapeMarkup } from '../platform/html/escape.ts'

/** Output formats of findings: for people and editors, programs, and CI services. */
export const findingFormats = ['text', 'json', 'github', 'gitlab', 'checkstyle'] as const
export type FindingFormat = (typeof findingFormats)[number]

/** Formats the findings; file paths are relative to `folder`. JSON also gets the fields of `more`. */
export function formatFindings(findings: readonly Finding[], format: FindingFormat, folder: string, more: object = {}): string {
  const located = findings.map((finding) => ({ ...finding, file: pathFrom(folder, finding.file), text: textOf(finding) }))
  return formatters[format](located, more)
}

interface LocatedFinding extends Finding {
  readonly file: string
  /** The field and the reason. */
  readonly text: string
}

const formatters: Readonly<Record<FindingFormat, (findings: readonly LocatedFinding[], more: object) => string>> = {
  text: (findings) => findings.map((one) => `${place(one)}: ${one.text}${one.severity === 'error' ? '' : ` (${one.severity})`}\n`).join(''),
  json: (findings, more) =>
    `${JSON.stringify({
      ...more,
      errors: findings.filter((one) => one.severity === 'error').length,
      findings: findings.map((one) => ({
        severity: one.severity,
        file: one.file,
        line: one.line ?? null,
        field: one.field ?? null,
        reason: one.reason,
        text: `${place(one)}: ${one.text}`,
      })),
    })}\n`,
  // Workflow commands: GitHub, Gitea and Forgejo show them beside the line.
  github: (findings) =>
    findings
      .map(
        (one) =>
          `::${one.severity} file=${property(one.file)},line=${one.line ?? 1},title=${property(one.field ?? 'broadsheet check')}::${data(one.text)}\n`,
      )
      .join(''),
  // The Code Quality report of GitLab, a subset of the Code Climate specification.
  gitlab: (findings) =>
    `${JSON.stringify(
      findings.map((one) => ({
        description: one.text,
        check_name: one.field ?? 'broadsheet check',
        fingerprint: createHash('sha256')
          .update(JSON.stringify([one.file, one.field, one.reason]))
          .digest('hex'),
        severity: { error: 'critical', warning: 'minor', notice: 'info' }[one.severity],
        location: { path: one.file, lines: { begin: one.line ?? 1 } },
      })),
      null,
      2,
    )}\n`,
  // Checkstyle XML: read by Jenkins, reviewdog and most others.
  checkstyle: (findings) => {
    const files = Map.groupBy(findings, (one) => one.file)
    const inFile = ([file, ones]: [string, LocatedFinding[]]) =>
      `  <file name="${xml(file)}">\n${ones
        .map(
          (one) =>
            `    <error line="${one.line ?? 1}" severity="${one.severity === 'notice' ? 'info' : one.severity}" message="${xml(one.text)}" source="${xml(one.field ?? 'broadsheet')}"/>\n`,
        )
        .join('')}  </file>\n`
    return `<?xml version="1.0" encoding="utf-8"?>\n<checkstyle version="4.3">\n${[...files].map(inFile).join('')}</checkstyle>\n`
  },
}

function place({ file, line }: LocatedFinding): string {
  return line === undefined ? file : `${file}:${line}`
}

function pathFrom(folder: string, file: string | undefined): string {
  return file === undefined ? '.' : (relative(folder, file) || '.').split(sep).join('/')
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}

function xml(text: string): string {
  // XML 1.0 §2.2 forbids these characters.
  return escapeMarkup(text.toWellFormed().replace(/[\p{Cc}\uFFFE\uFFFF]/gu, ' '))
}
