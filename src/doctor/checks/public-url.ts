import { isLocal } from '../../platform/url-rules.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { certificateFinding } from '../certificate-finding.ts'
import type { Check } from '../check.ts'
import { advice, fail, ok, setting, warn } from '../line.ts'

/** PUBLIC_URL is https, and this server answers there. */
export const publicUrlCheck: Check = {
  id: 'public_url',
  title: 'PUBLIC_URL',
  async run(context) {
    const { publication, settings } = context
    const url = new URL(publication.url)
    const asked = `GET ${publicUrl(publication, paths.health)}`
    const https = setting(
      'PUBLIC_URL',
      `https://${isLocal(url.hostname) ? 'news.example.org' : url.hostname}${url.pathname.replace(/\/$/, '')}`,
    )
    // Without mail a local address is how everybody starts.
    const no = settings.smtp ? fail : warn
    if (isLocal(url.hostname) && url.protocol === 'http:') {
      return [no(asked, 'not asked', 'Links in feeds and mail begin with an address that only this machine or network knows.', https)]
    }
    const answer = await context.health()
    if (answer.status === 'unreachable') {
      const problem = 'PUBLIC_URL cannot be reached from here. If the service runs, readers cannot reach it either.'
      const words = 'Start the service, point the name at it, and let the proxy pass requests on.'
      return [fail(asked, answer.reason, problem, advice(words))]
    }
    const { code, body, location, certificate } = answer
    if (code >= 300 && code < 400) {
      const problem = 'PUBLIC_URL redirects. Mail programs that unsubscribe by one click do not follow.'
      return [fail(asked, `${code} to ${location ?? 'nowhere'}`, problem, setting('PUBLIC_URL', 'the address that it redirects to'))]
    }
    if (code !== 200 || body.trim() !== 'ok') {
      const problem = 'Something else answers at PUBLIC_URL, or the proxy does not pass requests on.'
      return [fail(asked, `${code}`, problem, advice('Let the proxy pass all requests below PUBLIC_URL to PORT, with their path.'))]
    }
    if (certificate) {
      const finding = certificateFinding(asked, certificate, context.now)
      return [{ ...finding, answered: `200 ok, ${finding.answered}` }]
    }
    if (url.protocol === 'http:') {
      return [
        no(asked, '200 ok, by http', 'One-click unsubscribe works by https only (RFC 8058 §3.1), and large receivers ask for it.', https),
      ]
    }
    return [ok(asked, '200 ok')]
  },
}
