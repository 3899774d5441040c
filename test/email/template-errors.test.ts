import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lintEmail } from '../../src/email/lint.ts'
import { renderEmail } from '../../src/email/render.ts'
import { startRenderer } from '../../src/email/renderer.ts'
import { placeIn } from '../../src/platform/finding.ts'
import { faultOfTemplatesFolder } from '../../src/platform/template-folders.ts'
import { makeContent } from '../support/content.ts'
import { confirmRequest, copyTemplates, digestRequest, ownTemplates, templatesFolder } from './requests.ts'

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

test('a template that TEMPLATES_DIR lacks is taken from the product', async () => {
  await using own = await ownTemplates({ 'partials/greeting.mjml': '<mj-text><p class="apart">Ahoy{{ comma_name }}!</p></mj-text>' })
  const [ours, usual] = await Promise.all([renderEmail(own.folder, digestRequest()), renderEmail(templatesFolder, digestRequest())])
  expect(ours.text).toContain('Ahoy')
  expect(usual.text).not.toContain('Ahoy')
  expect(ours.text.split('\n').slice(-5)).toEqual(usual.text.split('\n').slice(-5))
  expect(await renderEmail(own.folder, confirmRequest)).toEqual(await renderEmail(templatesFolder, confirmRequest))
})

test('a fault is named with its own file, of TEMPLATES_DIR or of the product', async () => {
  await using own = await ownTemplates({ 'partials/masthead.mjml': '\n{{ nobody }}' })
  await expect(renderEmail(own.folder, confirmRequest)).rejects.toThrow('templates/email/partials/masthead.mjml:2: undefined variable')
  await using broken = await ownTemplates({ 'partials/type.mjml': '' })
  const place = join(templatesFolder, 'email/partials/head.mjml')
  await expect(renderEmail(broken.folder, confirmRequest)).rejects.toThrow(`${place}:`)
})

test('the lint finds the place in the file that is in use', async () => {
  await using own = await ownTemplates({ 'partials/greeting.mjml': '<mj-text><p><a href="http://localhost:1/">Here</a></p></mj-text>' })
  const { publication } = digestRequest().values
  const toLint = { bytes: 1, template: 'digest', publication }
  const email = await renderEmail(own.folder, digestRequest())
  const findings = await lintEmail({ ...toLint, email: { ...email, subject: '' }, templatesFolder: own.folder })
  expect(findings).toContainEqual(
    expect.objectContaining({ field: 'links', file: join(own.folder, 'email/partials/greeting.mjml'), line: 1 }),
  )
  expect(findings).toContainEqual(expect.objectContaining({ field: 'subject', file: join(templatesFolder, 'email/digest.mjml') }))
  const places = findings.map((finding) => placeIn(finding, { contentFolder: '/content', templatesFolder: own.folder }))
  expect(places).toContain('templates/email/partials/greeting.mjml:1')
  expect(places).toContain(join(templatesFolder, 'email/digest.mjml'))
})

test.each([
  [['messages'], undefined],
  [[], 'has no folder email, messages or pages'],
])('a TEMPLATES_DIR with the folders %j is told from a wrong path', async (folders, fault) => {
  await using content = await makeContent({}, null)
  for (const folder of folders) await content.write(`${folder}/note.txt`, '')
  expect(await faultOfTemplatesFolder(content.folder)).toEqual(fault && expect.stringContaining(fault))
  expect(await faultOfTemplatesFolder(join(content.folder, 'nowhere'))).toContain('there is no folder')
})

test('the next email uses a corrected template, in the same process', async () => {
  await using templates = await copyTemplates()
  await templates.edit('confirm.mjml', (source) => source.replace('digests: names,', 'digests: nams,'))
  await using renderer = startRenderer(templates.folder)
  const error = await renderer.render(confirmRequest).catch((reason: Error) => reason)
  expect(error).toMatchObject({ message: expect.stringContaining('templates/email/confirm.mjml:6: undefined variable: nams') })
  // The stack is that of the renderer process.
  expect(error).toMatchObject({ stack: expect.stringMatching(/TemplateError: .*\n\s+at .*templates\.ts/) })
  const { pid } = renderer
  await templates.edit('confirm.mjml', (source) => source.replace('digests: nams,', "digests: 'all of it',"))
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
