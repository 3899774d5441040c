import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveMedia } from '../../../src/articles/files/media.ts'
import { makeContent } from '../../support/content.ts'
import { makePublication } from '../articles-world.ts'

test('only files in the content folder are served', async () => {
  await using content = await makeContent({ 'a.md': 'x' })
  const publication = makePublication(content.folder)
  await content.write('images/a b.PNG', 'png')
  await content.write('.secret/a.png', 'png')
  await content.write('images/page.html', 'html')
  await using outside = await makeContent({})
  await outside.write('secret.png', 'secret')
  await writeFile(join(content.folder, 'sized.mp3'), Buffer.alloc(1234))
  await symlink(join(outside.folder, 'secret.png'), join(content.folder, 'images/link.png'))
  await symlink(join(content.folder, 'articles/a.md'), join(content.folder, 'images/article.png'))
  await symlink(join(content.folder, 'images/a b.PNG'), join(content.folder, 'images/inside.png'))
  await mkdir(join(content.folder, 'images/folder.png'))

  expect(await resolveMedia(publication, '/media/sized.mp3')).toMatchObject({ type: 'audio/mpeg', bytes: 1234 })
  expect(await resolveMedia(publication, '/media/images/a%20b.PNG')).toMatchObject({ type: 'image/png', bytes: 3 })
  expect(await resolveMedia(publication, '/media/images/inside.png')).toMatchObject({ type: 'image/png' })
  for (const path of [
    '/media/articles/a.md',
    '/media/publication.yaml',
    '/media/images/page.html',
    '/media/.secret/a.png',
    '/media/images/link.png',
    '/media/images/article.png',
    '/media/images/folder.png',
    '/media/images/none.png',
    '/media/../secret.png',
    '/media/%2e%2e/secret.png',
    '/media/images/..%2f..%2fsecret.png',
    '/media/images%5c..%5ca.png',
    '/media/images/a%00.png',
    '/media/%E0%A4%A',
    '/media/',
    '/other/images/a%20b.PNG',
  ]) {
    expect(await resolveMedia(publication, path), path).toBeUndefined()
  }
})
