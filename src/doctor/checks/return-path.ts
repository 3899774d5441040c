import type { Check } from '../check.ts'
import { fromDomain } from '../envelope.ts'
import { ok, setting, warn } from '../line.ts'

/** Bounces come back to us, and are read. */
export const returnPathCheck: Check = {
  id: 'return_path',
  title: 'Return path',
  isAboutMail: true,
  async run(context) {
    const { bounceAddress, isMailRead } = context.settings
    const asked = 'BOUNCE_ADDRESS'
    if (bounceAddress === undefined) {
      const sender = context.publication.sender.email
      if (isMailRead) return [ok(asked, `not set: bounces go to ${sender}, and the mail service reports them`)]
      const problem = `Bounces go to ${sender} and nobody reads them here: dead addresses get mail for ever, and receivers notice.`
      return [warn(asked, 'not set', problem, setting('BOUNCE_ADDRESS', `bounces@${fromDomain(context)}`))]
    }
    if (isMailRead) return [ok(asked, bounceAddress)]
    const problem = 'Bounces go there, and nothing fetches them: dead addresses get mail for ever.'
    const mailbox = setting('BOUNCE_IMAP_URL', 'the mailbox of the address, such as imaps://user:password@imap.example.org/INBOX')
    return [warn(asked, bounceAddress, problem, mailbox)]
  },
}
