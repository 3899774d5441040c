import type { MailPictures } from '../../articles/images/mail-images.ts'
import type { Letter, LetterOrder } from '../../email/email.ts'

type Print = (order: LetterOrder) => Promise<Letter>

/** The same press, with the publication's logo in every letter as mail can show it. */
export function withLogoForMail(print: Print, prepare: MailPictures['prepare']): Print {
  return async (order) => {
    const { logo } = order.values.publication
    if (!logo) return print(order)
    const made = (await prepare([{ url: logo.url, use: 'logo' }])).get(logo.url)
    if (!made?.size) return print(order)
    const publication = { ...order.values.publication, logo: { url: made.url, ...made.size } }
    return print({ ...order, values: { ...order.values, publication } } as LetterOrder)
  }
}
