import type { SmtpServer } from '../../outbox/smtp/smtp-url.ts'
import { isLoopback } from '../../platform/url-rules.ts'
import { certificateFinding } from '../certificate-finding.ts'
import type { Check } from '../check.ts'
import { type Finding, fail, ok, setting, warn } from '../line.ts'
import type { SmtpAnswer } from '../probes/smtp.ts'

type Reached = Extract<SmtpAnswer, { status: 'reached' }>

/** The SMTP server answers, over TLS with a certificate that holds, and takes the user and the password of SMTP_URL. */
export const smtpServerCheck: Check = {
  id: 'smtp_server',
  title: 'SMTP server',
  isAboutMail: true,
  async run(context) {
    const server = context.settings.smtp
    if (!server) return []
    const { host, port } = server
    const asked = `${server.secure ? 'smtps' : 'smtp'}://${host}:${port}`
    const answer = await context.smtp()
    if (answer.status === 'unreachable') {
      const problem = 'The mail server cannot be used, so no mail goes out.'
      return [
        fail(asked, answer.reason, problem, setting('SMTP_URL', 'the address of a mail server, such as smtp://user:password@host:587')),
      ]
    }
    const { logIn } = answer
    const findings = [encryptionOf(asked, server, answer, context.now)]
    if (logIn === 'ok') findings.push({ ...ok('the user of SMTP_URL', 'accepted'), title: 'SMTP log-in' })
    if (typeof logIn === 'object') {
      const problem = 'The server refuses the user or the password, so no mail goes out.'
      const finding = fail(
        'the user of SMTP_URL',
        logIn.refused,
        problem,
        setting('SMTP_URL', 'the user and the password of the mail service'),
      )
      findings.push({ ...finding, title: 'SMTP log-in' })
    }
    return findings
  },
}

function encryptionOf(asked: string, { host, tls, auth }: SmtpServer, { protocol, certificate }: Reached, now: Date): Finding {
  if (protocol === undefined) {
    if (isLoopback(host)) return ok(asked, 'no TLS, on this machine')
    if (tls === 'off') {
      return warn(asked, 'no TLS', 'Mail crosses the network unencrypted: ?tls=off.', setting('SMTP_URL', 'without ?tls=off'))
    }
    const port = setting('SMTP_URL', `smtps://…@${host}:465, or another port that offers STARTTLS`)
    // As the sender does: no password in clear text.
    if (auth) return fail(asked, 'no TLS', 'The server offers no TLS, and the password is not sent without, so no mail goes out.', port)
    return warn(asked, 'no TLS', 'The server offers no TLS, so mail crosses the network unencrypted.', port)
  }
  if (!certificate) return ok(asked, protocol)
  const fixes = certificate.mend === undefined ? [] : [setting('SMTP_URL', certificate.mend)]
  const finding = certificateFinding(asked, certificate, now, { isTolerated: tls === 'unverified', fixes })
  return { ...finding, answered: `${protocol}, ${finding.answered}` }
}
