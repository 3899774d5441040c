import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderEmail } from '../../src/email/render.ts'
import { startRenderer } from '../../src/email/renderer.ts'
import { confirmRequest, copyTemplates, digestRequest } from './requests.ts'

/** Text inserted before the first line of a file, and the expected message. */
const faults = [
  {
    name: 'an unknown value',
    file: 'digest.mjml',
    line: '{{ issue.nmber }}',
    message: 'templates/email/digest.mjml:1: undefined variable: issue.nmber',
  },
  {
    name: 'an unknown value in a partial',
    file: 'partials/footer.mjml',
    line: '{{ nobody }}',
    message: 'templates/email/partials/footer.mjml:1: undefined variable: nobody',
  },
  {
    name: 'an unknown filter',
    file: 'digest.mjml',
    line: '{{ issue.date | shout }}',
    message: 'templates/email/digest.mjml:1: undefined filter: shout',
  },
  {
    name: 'an unclosed Liquid tag',
    file: 'digest.mjml',
    line: '{% if issue %}',
    message: 'templates/email/digest.mjml:1: tag {% if issue %} not closed',
  },
  {
    name: 'an unknown Liquid tag',
    file: 'partials/more.mjml',
    line: '{% frobnicate %}',
    message: 'templates/email/partials/more.mjml:1: tag "frobnicate" not found',
  },
  {
    name: 'an unknown MJML tag',
    file: 'partials/more.mjml',
    line: '<mj-txt>hello</mj-txt>',
    message: "templates/email/partials/more.mjml:1: <mj-txt>: Element mj-txt doesn't exist or is not registered",
  },
  {
    name: 'an unknown attribute',
    file: 'partials/more.mjml',
    line: '\n<mj-text colour="red">hello</mj-text>',
    message: 'templates/email/partials/more.mjml:2: <mj-text>: Attribute colour is illegal',
  },
  {
    name: 'an MJML tag that is never closed',
    file: 'partials/more.mjml',
    line: '<mj-text>hello',
    message: 'templates/email/partials/more.mjml:1: <mj-text> is not closed before </mj-column> of templates/email/digest.mjml:',
  },
  {
    name: 'a closing tag too many',
    file: 'partials/masthead.mjml',
    line: '</mj-text>',
    message: 'templates/email/partials/masthead.mjml:1: </mj-text> has no opening tag',
  },
  {
    name: 'a partial that is not there',
    file: 'digest.mjml',
    line: "{% include 'nowhere' %}",
    message: 'templates/email/digest.mjml:1: ENOENT: Failed to lookup "nowhere"',
  },
  {
    name: 'a file outside of the folder',
    file: 'digest.mjml',
    line: "{% include '../../secret' %}",
    message: 'templates/email/digest.mjml:1: ENOENT: Failed to lookup "../../secret"',
  },
] as const

test.each(faults)('$name is reported with file and line', async ({ file, line, message }) => {
  await using templates = await copyTemplates()
  await templates.edit(file, (source) => `${line}\n${source}`)
  const error = await renderEmail(templates.folder, digestRequest()).then(
    () => undefined,
    (reason: Error) => reason,
  )
  expect(error?.message).toContain(message)
  expect(error?.message).not.toMatch(/\n|\bat \S+:\d+/)
})

test('the next email uses a corrected template, in the same process', async () => {
  await using templates = await copyTemplates()
  await templates.edit('confirm.mjml', (source) => source.replace('{{ names }}', '{{ nams }}'))
  await using renderer = startRenderer(templates.folder)
  const error = await renderer.render(confirmRequest).catch((reason: Error) => reason)
  expect(error).toMatchObject({ message: expect.stringContaining('templates/email/confirm.mjml:6: undefined variable: nams') })
  // The stack is that of the renderer process.
  expect(error).toMatchObject({ stack: expect.stringMatching(/TemplateError: .*\n\s+at .*templates\.ts/) })
  const { pid } = renderer
  await templates.edit('confirm.mjml', (source) => source.replace('{{ nams }}', 'all of it'))
  expect((await renderer.render(confirmRequest)).subject).toBe('Please confirm: all of it from The Harbour Post')
  expect(renderer.pid).toBe(pid)
})

test('no template reads an existing file outside its folder', async () => {
  await using templates = await copyTemplates()
  await writeFile(join(templates.folder, 'secret.mjml'), 'secret')
  await symlink(join(templates.folder, 'secret.mjml'), join(templates.folder, 'email', 'partials', 'linked.mjml'))
  await using renderer = startRenderer(templates.folder)
  for (const path of ['../secret', '../../secret', join(templates.folder, 'secret'), 'linked']) {
    await templates.edit('confirm.mjml', (source) => `{% include '${path}' %}\n${source}`)
    await expect(renderer.render(confirmRequest)).rejects.toThrow('templates/email/confirm.mjml:1: ENOENT: Failed to lookup')
  }
})

test('an endless template is aborted', async () => {
  await using templates = await copyTemplates()
  await templates.edit('digest.mjml', (source) => `{% for i in (1..100000000) %}{% for j in (1..2) %}{% endfor %}{% endfor %}${source}`)
  await using renderer = startRenderer(templates.folder)
  await expect(renderer.render(digestRequest())).rejects.toThrow('templates/email/digest.mjml:1: memory alloc limit exceeded')
})
