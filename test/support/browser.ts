import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflate } from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'

export interface View {
  /** Width of the window in CSS pixels. */
  readonly width: number
  readonly scheme?: 'light' | 'dark'
  /** Where false, pictures fail to load as in a reader that blocks them. */
  readonly images?: boolean
}

/** What is looked at: HTML as text, or an address. */
export type Sight = { readonly html: string } | { readonly url: string }

export interface TestBrowser extends AsyncDisposable {
  readonly chromium: Browser
  /** A page that shows `sight`, in a context of its own that goes with the browser. */
  open(sight: Sight, view: View): Promise<Page>
  /** A picture of the whole of `sight`, written to `path` if given. */
  screenshot(sight: Sight, view: View & { readonly path?: string }): Promise<Buffer>
}

const flags = [
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
  '--hide-scrollbars',
]

/**
 * Starts the Chromium that npm brought, with the libraries and fonts that came with it, so that it runs where none are
 * installed. Everything is unpacked into a private folder, which goes when the browser is closed. The carried fonts are
 * one sans serif; a picture for people is better taken with the machine's.
 */
export async function openBrowser(fonts: 'carried' | 'machine' = 'carried'): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-browser-'))
  try {
    const binary = await unpack(folder)
    const browser = await chromium.launch({
      executablePath: binary,
      headless: true,
      args: flags,
      env: {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        TMPDIR: folder,
        FONTCONFIG_PATH: fonts === 'carried' ? join(folder, 'fonts') : '/etc/fonts',
        LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), folder].join(':'),
      },
    })
    return dress(browser, () => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function dress(browser: Browser, remove: () => Promise<void>): TestBrowser {
  const open = async (sight: Sight, { width, scheme = 'light', images = true }: View): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: scheme })
    const page = await context.newPage()
    if (!images) await page.route(/\.(?:jpe?g|png|gif|webp|avif|svg)(?:\?|$)/i, (route) => route.abort())
    if ('html' in sight) await page.setContent(sight.html, { waitUntil: 'load' })
    else await page.goto(sight.url, { waitUntil: 'load' })
    return page
  }
  return {
    chromium: browser,
    open,
    async screenshot(sight, { path, ...view }) {
      const page = await open(sight, view)
      const picture = await page.screenshot({ fullPage: true, ...(path === undefined ? {} : { path }) })
      await page.context().close()
      return picture
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await remove()
    },
  }
}

/** Unpacks the binary and all beside it below `folder`; answers with the path of the binary. */
async function unpack(folder: string): Promise<string> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin')
  const before = process.env.TMPDIR
  // inflate() unpacks below os.tmpdir(), which it asks before it returns: so it is another one for just that long.
  process.env.TMPDIR = folder
  const unpacking = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'].map((name) => inflate(join(bin, name)))
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  const [binary, ...rest] = await Promise.all(unpacking)
  if (!binary || [binary, ...rest].some((path) => !path.startsWith(folder))) throw new Error(`Chromium was not unpacked below ${folder}`)
  // The one that was carried names Lambda's folders: with it Chromium finds no font and lays out no text at all.
  await writeFile(
    join(folder, 'fonts', 'fonts.conf'),
    `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`,
  )
  return binary
}
