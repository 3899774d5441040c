import type { Check } from '../check.ts'
import { advice, fail, ok, warn } from '../line.ts'

/** Digests go out late, and signatures and certificates are refused, where a clock is off by more. */
const maxOffMs = 60_000
const maxWrongMs = 5 * 60_000

/** The clock of this machine agrees with those of others. */
export const clockCheck: Check = {
  id: 'clock',
  title: 'Clock',
  async run({ settings, health, smtp, publication, now }) {
    const [web, mail] = await Promise.all([publication.url.startsWith('https:') ? health() : undefined, settings.smtp ? smtp() : undefined])
    const others = [
      { name: `the Date of ${publication.url}`, date: web?.status === 'answered' ? web.date : undefined },
      { name: 'the greeting of the SMTP server', date: mail?.status === 'reached' ? mail.date : undefined },
    ]
    const known = others.flatMap(({ name, date }) => (date ? [{ name, offMs: now.getTime() - date.getTime() }] : []))
    const worst = known.toSorted((a, b) => Math.abs(b.offMs) - Math.abs(a.offMs))[0]
    if (!worst) return [ok('another clock', `none says its time; here it is ${now.toISOString()}`)]
    const off = Math.abs(worst.offMs)
    const answered = `${Math.round(off / 1_000)} seconds ${worst.offMs < 0 ? 'behind' : 'ahead'} here`
    if (off <= maxOffMs) return [ok(worst.name, `${Math.round(off / 1_000)} seconds apart`)]
    const problem = `This machine's clock differs by ${Math.round(off / 1_000)} seconds: digests go out at the wrong time.`
    return [(off > maxWrongMs ? fail : warn)(worst.name, answered, problem, advice('Set the clock by NTP: timedatectl set-ntp true'))]
  },
}
