import { expect, onTestFinished, test } from 'vitest'
import { renderEmail } from '../../src/email/render.ts'
import { openPages } from '../../src/platform/pages.ts'
import { makeContent } from '../support/content.ts'
import { confirmRequest, digestRequest, templatesFolder } from './requests.ts'

/** A TEMPLATES_DIR that holds only these message files. */
async function withMessages(files: Readonly<Record<string, object>>): Promise<string> {
  const content = await makeContent({}, null)
  onTestFinished(() => content[Symbol.asyncDispose]())
  for (const [language, texts] of Object.entries(files)) await content.write(`messages/${language}.json`, JSON.stringify(texts))
  return content.folder
}

test('an operator overrides single words of mails and pages, and nothing else', async () => {
  const folder = await withMessages({ en: { 'email.footer.unsubscribe': 'No more, please', 'site.embed.topics': 'Topics & > more' } })
  const [own, usual] = await Promise.all([renderEmail(folder, digestRequest()), renderEmail(templatesFolder, digestRequest())])
  expect(own.html).toBe(usual.html.replace('>Unsubscribe<', '>No more, please<'))
  const values = { publication: { title: 'T', url: 'https://t.example', language: 'en' }, digests: [], wording: 'W' }
  const page = await openPages(folder).render('embedded-form', { ...values, topic_choices: [{ key: 'a', label: 'A' }] })
  expect(page).toContain('<legend>Topics &amp; &gt; more</legend>')
})

test('an email is in the language of its edition, with English for what that language lacks', async () => {
  const de = {
    'email.confirm.subject': 'Bitte bestätigen: {digests} von {publication}',
    'email.confirm.expires': 'Der Knopf gilt {days, plural, one {# Tag} other {# Tage}}.',
  }
  const folder = await withMessages({ cy: de })
  const german = await renderEmail(folder, { ...confirmRequest, language: 'cy-GB' })
  expect(german.subject).toBe('Bitte bestätigen: The week von The Harbour Post')
  expect(german.text).toContain('Der Knopf gilt 7 Tage.')
  expect(german.text).toContain('One step left')
  expect(german.html).toContain('<html lang="cy-GB" dir="ltr"')
  expect((await renderEmail(folder, confirmRequest)).subject).toBe('Please confirm: The week from The Harbour Post')
})

test('the next email has a changed message', async () => {
  await using content = await makeContent({}, null)
  const subjects: string[] = []
  for (const text of ['First {publication}', 'Then {publication}']) {
    await content.write('messages/en.json', JSON.stringify({ 'email.confirm.subject': text }))
    subjects.push((await renderEmail(content.folder, confirmRequest)).subject)
  }
  expect(subjects).toEqual(['First The Harbour Post', 'Then The Harbour Post'])
})

test('an email runs in the direction of its words, and an article in its own', async () => {
  const { html } = await renderEmail(templatesFolder, { ...digestRequest(), language: 'ar' })
  expect(html).toContain('<html lang="ar" dir="rtl"')
  expect(html).toMatch(/<div lang="en" dir="ltr" style="text-align:left;/)
})

test('an override that asks for a value that there is not stops no email', async () => {
  const folder = await withMessages({ en: { 'email.reason.digest': 'Because of {weather}.' } })
  expect(await renderEmail(folder, digestRequest())).toEqual(await renderEmail(templatesFolder, digestRequest()))
})
