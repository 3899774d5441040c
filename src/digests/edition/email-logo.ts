import type { MailPictures } from '../../articles/images/mail-images.ts'
import type { Email, EmailRequest } from '../../email/email.ts'

type Render = (request: EmailRequest) => Promise<Email>

/** Wraps `render`: replaces the publication's logo with a version that mail programs can show. */
export function withLogoForMail(render: Render, prepare: MailPictures['prepare']): Render {
  return async (request) => {
    const { logo } = request.values.publication
    if (!logo) return render(request)
    const prepared = (await prepare([{ url: logo.url, use: 'logo' }])).get(logo.url)
    if (!prepared?.size) return render(request)
    const publication = { ...request.values.publication, logo: { url: prepared.url, ...prepared.size } }
    return render({ ...request, values: { ...request.values, publication } } as EmailRequest)
  }
}
