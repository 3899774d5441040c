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
  /** If false, images fail to load, as in a mail program that blocks them. */
  readonly images?: boolean
}

/** The content of a page: HTML as text, or a URL. */
export type Sight = { readonly html: string } | { readonly url: string }

export interface TestBrowser extends AsyncDisposable {
  readonly chromium: Browser
  /** Opens a page in its own context, which closes with the browser. */
  open(sight: Sight, view: View): Promise<Page>
  /** A screenshot of the full page, written to `path` if given. */
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
 * Starts the Chromium of the npm package with its own libraries and fonts, so that it runs without installed ones.
 * Everything is unpacked into a temporary folder, which is deleted when the browser closes. The bundled fonts are
 * one sans serif; use the machine's fonts for screenshots that people look at. `moreFlags` are those of Chromium's command line.
 */
export async function openBrowser(fonts: 'bundled' | 'machine' = 'bundled', moreFlags: readonly string[] = []): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'broadsheet-browser-'))
  try {
    const binary = await unpack(folder)
    const browser = await chromium.launch({
      executablePath: binary,
      headless: true,
      args: [...flags, ...moreFlags],
      env: {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        TMPDIR: folder,
        FONTCONFIG_PATH: fonts === 'bundled' ? join(folder, 'fonts') : '/etc/fonts',
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

/** Unpacks the binary and its libraries below `folder`. Returns the path of the binary. */
async function unpack(folder: string): Promise<string> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin')
  const before = process.env.TMPDIR
  // inflate() unpacks below os.tmpdir(), which it reads synchronously. TMPDIR is changed only for that call.
  process.env.TMPDIR = folder
  const unpacking = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'].map((name) => inflate(join(bin, name)))
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  const [binary, ...rest] = await Promise.all(unpacking)
  if (!binary || [binary, ...rest].some((path) => !path.startsWith(folder))) throw new Error(`Chromium was not unpacked below ${folder}`)
  // The bundled fontconfig file refers to folders of AWS Lambda, where Chromium would find no font and show no text.
  await writeFile(
    join(folder, 'fonts', 'fonts.conf'),
    `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`,
  )
  return binary
}
