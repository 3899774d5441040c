import { paths, publicUrl } from '../publication/urls.ts'
import type { Check, CheckContext } from './check.ts'
import { Dns } from './dns/dns.ts'
import { type Finding, type Fix, type Line, setting, warn } from './line.ts'
import { onOneLine, printable } from './printable.ts'
import { askHttp, type HttpAnswer } from './probes/http.ts'
import { askSmtp, type SmtpAnswer } from './probes/smtp.ts'

/** What a run is given; it makes the look-ups and connections itself. */
export interface RunContext extends Omit<CheckContext, 'dns' | 'signal' | 'smtp' | 'health'> {
  /** DNS_SERVERS. Empty: those of the machine. */
  readonly dnsServers: readonly string[]
}

/** Of all checks together, which run at the same time. */
const runMs = 30_000

/** Runs checks side by side. Never rejects: what a check throws, or does not answer in time, becomes a warning. */
export async function runChecks(checks: readonly Check[], given: RunContext): Promise<readonly Line[]> {
  const running = new AbortController()
  const { promise: tooLate, resolve } = Promise.withResolvers<readonly Finding[]>()
  const timer = setTimeout(() => {
    running.abort()
    resolve([warn('', 'no answer in time', `This was not checked: it took longer than ${runMs / 1_000} seconds.`)])
  }, runMs)
  const context = open(given, running.signal)
  const chosen = checks.filter(({ isAboutMail }) => given.settings.smtp || !isAboutMail)
  const skipped = checks.filter((check) => !chosen.includes(check))
  try {
    const lines = await Promise.all(
      chosen.map(async (check) => {
        const findings = await Promise.race([runOne(check, context), tooLate])
        return findings.map((finding) => lineOf(check, finding))
      }),
    )
    return [...(skipped.length > 0 ? [nothingLeaves(skipped)] : []), ...lines.flat()]
  } finally {
    clearTimeout(timer)
    running.abort()
  }
}

function open({ dnsServers, ...given }: RunContext, signal: AbortSignal): CheckContext {
  const dns = new Dns(dnsServers, signal)
  let smtp: Promise<SmtpAnswer> | undefined
  let health: Promise<HttpAnswer> | undefined
  return {
    ...given,
    dns,
    signal,
    smtp() {
      if (!given.settings.smtp) throw new Error('there is no SMTP server to ask')
      smtp ??= askSmtp(given.settings.smtp, dns, signal)
      return smtp
    },
    health() {
      health ??= askHttp(publicUrl(given.publication, paths.health), dns, signal)
      return health
    },
  }
}

async function runOne(check: Check, context: CheckContext): Promise<readonly Finding[]> {
  try {
    return await check.run(context)
  } catch (error) {
    return [warn('', (error as Error).message, 'This could not be checked.')]
  }
}

/** Texts of strangers are shown on one line, without control characters. */
function lineOf({ id, title }: Check, finding: Finding): Line {
  return {
    ...finding,
    check: id,
    title: finding.title ?? title,
    asked: printable(finding.asked),
    answered: printable(finding.answered),
    problem: finding.problem && printable(finding.problem),
    fixes: finding.fixes.map(cleanFix),
  }
}

/** A record to write is shown whole: a key is long. */
function cleanFix(fix: Fix): Fix {
  if ('text' in fix) return { ...fix, text: onOneLine(fix.text) }
  return { ...fix, name: onOneLine(fix.name), value: onOneLine(fix.value) }
}

/** With the built-in mailbox there is no mail to check. */
function nothingLeaves(skipped: readonly Check[]): Line {
  const names = skipped.map(({ title }) => title).join(', ')
  const problem = `Nothing leaves this machine: mail waits in the built-in mailbox. Not checked: ${names}.`
  const finding = warn('SMTP_URL', 'not set', problem, setting('SMTP_URL', 'smtp://user:password@host:587'))
  return { ...finding, check: 'mail', title: 'Mail' }
}
