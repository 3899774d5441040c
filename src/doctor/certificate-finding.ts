import { advice, type Finding, fail, ok, warn } from './line.ts'
import type { Certificate } from './probes/certificate.ts'

/** Most services renew a certificate a month before it expires: later than this it was forgotten. */
const soonMs = 14 * 24 * 3_600_000

/** A finding for the certificate of a server. `isTolerated`: our sender does not check it. */
export function certificateFinding(
  asked: string,
  { words, expiresAt, fault }: Certificate,
  now: Date,
  { isTolerated = false, fixes = [] }: { readonly isTolerated?: boolean; readonly fixes?: Finding['fixes'] } = {},
): Finding {
  if (fault !== undefined) {
    const answered = `a certificate ${words}`
    if (isTolerated) return warn(asked, answered, `The certificate ${fault}. The setting ?tls=unverified accepts it.`, ...fixes)
    return fail(
      asked,
      answered,
      `The certificate ${fault}, so connections are refused.`,
      advice('Renew or replace the certificate.'),
      ...fixes,
    )
  }
  const days = Math.floor((expiresAt.getTime() - now.getTime()) / 86_400_000)
  if (expiresAt.getTime() - now.getTime() < soonMs) {
    const problem = `The certificate expires in ${Math.max(days, 0)} days, and was not renewed yet.`
    return warn(asked, `a certificate ${words}`, problem, advice('Renew the certificate.'))
  }
  return ok(asked, `a certificate ${words}`)
}
