import type { MailPictures } from '../../articles/images/mail-images.ts'
import type { Email, EmailRequest } from '../../email/email.ts'

type Render = (order: EmailRequest) => Promise<Email>

/** The same renderer, with the publication's logo as mail programs can show it. */
export function withLogoForMail(render: Render, prepare: MailPictures['prepare']): Render {
  return async (order) => {
    const { logo } = order.values.publication
    if (!logo) return render(order)
    const made = (await prepare([{ url: logo.url, use: 'logo' }])).get(logo.url)
    if (!made?.size) return render(order)
    const publication = { ...order.values.publication, logo: { url: made.url, ...made.size } }
    return render({ ...order, values: { ...order.values, publication } } as EmailRequest)
  }
}
