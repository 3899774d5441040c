import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPublication } from '../../src/publication/read.ts'
import { themeKey } from '../../src/publication/theme.ts'

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"/>'

test('a wrong logo or font is reported with its line and the reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-theme-'))
  await mkdir(join(folder, 'content/images'), { recursive: true })
  await writeFile(join(folder, 'content/images/the logo.svg'), svg)
  await writeFile(join(folder, 'outside.svg'), svg)
  await symlink('../outside.svg', join(folder, 'content/link.svg'))
  const read = async (setting: string) => {
    await writeFile(join(folder, 'content/publication.yaml'), `title: Tide\n${setting}\n`)
    const reading = await readPublication(join(folder, 'content'), 'https://tide.example.org/news/', 'http://localhost:3000')
    if (reading.ok) return reading.publication
    return reading.problems.map(({ line, field, reason }) => `${line}: ${field} ${reason}`)
  }
  expect(await read('logo: images/the logo.svg')).toMatchObject({ logo: 'https://tide.example.org/news/media/images/the%20logo.svg' })
  expect(await read('logo: images/none.svg')).toEqual(['2: logo file not found: images/none.svg'])
  for (const outside of ['../outside.svg', 'link.svg'])
    expect(await read(`logo: ${outside}`)).toEqual([`2: logo is not inside the content folder: ${outside}`])
  expect(await read('logo: publication.yaml')).toEqual(['2: logo is not a picture: publication.yaml'])
  expect(await read('fonts: { text: "Charter, Times New Roman, serif" }')).toMatchObject({
    fonts: { text: 'Charter, Times New Roman, serif', labels: undefined },
  })
  for (const hostile of ['x; color: red', 'url(a)', '"A", serif', 'a}', '</style>'])
    expect(await read(`fonts: { labels: ${JSON.stringify(hostile)} }`)).toEqual([
      '2: fonts.labels must be font names separated by commas, without quotes',
    ])
  await rm(folder, { recursive: true })
})

test('different themes have different keys', () => {
  const accent = { light: '#8a1c1c', dark: '#e08a7d' }
  const usual = { text: undefined, labels: undefined }
  expect(themeKey({ accent, fonts: usual })).toBe('8a1c1c-e08a7d')
  const keys = [usual, { ...usual, text: 'Charter' }, { ...usual, labels: 'Charter' }].map((fonts) => themeKey({ accent, fonts }))
  expect(new Set(keys).size).toBe(3)
})
