import { isLoopback } from '../../platform/url-rules.ts'
import { certificateFinding } from '../certificate-finding.ts'
import type { Check } from '../check.ts'
import { type Finding, fail, ok, setting, warn } from '../line.ts'

/** The SMTP server answers, over TLS with a certificate that holds, and takes the user and the password of SMTP_URL. */
export const smtpServerCheck: Check = {
  id: 'smtp_server',
  title: 'SMTP server',
  isAboutMail: true,
  async run(context) {
    const server = context.settings.smtp
    if (!server) return []
    const { host, port, tls } = server
    const asked = `${server.secure ? 'smtps' : 'smtp'}://${host}:${port}`
    const answer = await context.smtp()
    if (answer.status === 'unreachable') {
      const problem = 'The mail server cannot be used, so no mail goes out.'
      return [
        fail(asked, answer.reason, problem, setting('SMTP_URL', 'the address of a mail server, such as smtp://user:password@host:587')),
      ]
    }
    const { protocol, certificate, logIn } = answer
    const findings: Finding[] = []
    if (protocol === undefined) {
      const problem =
        tls === 'off'
          ? 'Mail crosses the network unencrypted: ?tls=off.'
          : 'The server offers no TLS, so mail crosses the network unencrypted.'
      const fix = setting('SMTP_URL', tls === 'off' ? 'without ?tls=off' : `smtps://…@${host}:465, or another port that offers STARTTLS`)
      findings.push(
        isLoopback(host) ? ok(asked, 'no TLS, on this machine') : (tls === 'required' ? fail : warn)(asked, 'no TLS', problem, fix),
      )
    } else if (certificate) {
      const isTolerated = tls === 'unverified'
      const fixes = certificate.fault === undefined ? [] : [setting('SMTP_URL', `the name in the certificate, in place of ${host}`)]
      const finding = certificateFinding(asked, certificate, context.now, { isTolerated, fixes })
      findings.push({ ...finding, answered: `${protocol}, ${finding.answered}` })
    }
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
