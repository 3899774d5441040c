import { publicUrl } from '../../publication/urls.ts'
import type { Check } from '../check.ts'
import { advice, fail, ok } from '../line.ts'
import { askHttp } from '../probes/http.ts'

/** What mail programs send to unsubscribe (RFC 8058 §3.1). */
const form = 'List-Unsubscribe=One-Click'

/** The address in List-Unsubscribe answers a POST with 200. The token is that of test messages, so nobody is unsubscribed. */
export const oneClickCheck: Check = {
  id: 'one_click',
  title: 'One-click unsubscribe',
  isAboutMail: true,
  async run({ publication, testUnsubscribePath, dns, signal }) {
    const asked = `POST ${publicUrl(publication, '/unsubscribe/…')}`
    const answer = await askHttp(publicUrl(publication, testUnsubscribePath), dns, signal, form)
    const passOn = advice('Let the proxy pass POST requests below /unsubscribe/ on, without a log-in, a challenge or a redirect.')
    if (answer.status === 'unreachable') {
      return [fail(asked, answer.reason, 'Mail programs cannot unsubscribe by one click, and large receivers ask for it.', passOn)]
    }
    const { code, location } = answer
    if (code === 200) return [ok(asked, '200')]
    const answered = location === undefined ? `${code}` : `${code} to ${location}`
    if (code === 404) {
      const problem = 'Links of this installation are not known there: another installation answers, or it has another SECRET.'
      return [fail(asked, answered, problem, advice('Use one database and one SECRET for all processes behind PUBLIC_URL.'), passOn)]
    }
    return [fail(asked, answered, 'One-click unsubscribe must answer 200 (RFC 8058 §3.1).', passOn)]
  },
}
