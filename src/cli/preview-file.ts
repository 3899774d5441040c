import { spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '../app/rest.ts'
import type { FullPreview } from '../digests/edition/preview.ts'
import { insertInto } from '../platform/html/read.ts'
import { inScheme, messageSandbox, withBlankTarget } from '../platform/http/preview-sandbox.ts'
import { openPages } from '../platform/pages.ts'
import { paths, publicUrl } from '../publication/urls.ts'
import { formatFindings } from './finding-formats.ts'

/** Writes a page that shows `preview` in every view and needs no server. Returns its path. */
export async function writePreview(title: string, preview: FullPreview, templatesFolder: string, folder: string): Promise<string> {
  const { from, subject, inboxLine, bytes, text, source, articles, findings, warnings } = preview
  const light = withBlankTarget(inScheme(preview.html, 'light'))
  const noPictures = insertInto(light, 'head', `<meta http-equiv="Content-Security-Policy" content="img-src 'none'">`) ?? light
  const findingLines = formatFindings(findings, 'text', folder)
    .split('\n')
    .filter((line) => line !== '')
  const page = await openPages(templatesFolder).render('preview-file', {
    title,
    mail: { from, subject, inbox_line: inboxLine, kilobytes: Math.ceil(bytes / 1_024), text, source, article_count: articles.length },
    findings: [...warnings, ...findingLines],
    sandbox: messageSandbox,
    views: [
      { label: 'Desktop', width: 640, html: light },
      { label: 'Phone', width: 360, html: light },
      { label: 'Phone, dark', width: 360, html: withBlankTarget(inScheme(preview.html, 'dark')) },
      { label: 'Desktop, dark', width: 640, html: withBlankTarget(inScheme(preview.html, 'dark')) },
      { label: 'Pictures off', width: 640, html: noPictures },
    ],
  })
  const path = join(await mkdtemp(join(tmpdir(), 'broadsheet-preview-')), 'preview.html')
  await writeFile(path, page)
  return path
}

/** Replaces the addresses of mail images by data URLs: no server may be running. */
export async function withEmbeddedPictures(html: string, { publication, mailPictures }: App): Promise<string> {
  const prefix = publicUrl(publication.current(), paths.mailImage(''))
  let embedded = html
  for (const name of new Set(
    html
      .split(prefix)
      .slice(1)
      .map((rest) => rest.slice(0, rest.indexOf('"'))),
  )) {
    const picture = await mailPictures.find(name)
    if (picture)
      embedded = embedded.replaceAll(prefix + name, `data:${picture.type};base64,${Buffer.from(picture.bytes).toString('base64')}`)
  }
  return embedded
}

/** Opens a file in the user's browser: `BROWSER` or the system's default. Returns false if no browser starts. */
export async function openInBrowser(path: string, browser: string | undefined): Promise<boolean> {
  const usual = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] } as Readonly<Record<string, readonly string[]>>
  const [command = '', ...args] = browser ? [browser] : (usual[process.platform] ?? ['xdg-open'])
  return new Promise((resolve) => {
    const opened = spawn(command, [...args, path], { detached: true, stdio: 'ignore' })
    opened.once('error', () => resolve(false))
    opened.once('spawn', () => {
      opened.unref()
      resolve(true)
    })
  })
}
