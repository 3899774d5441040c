import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Liquid, LiquidError } from 'liquidjs'
import { registerMessageFilters } from './message-filters.ts'
import { type Messages, openMessages } from './messages.ts'
import { placeOfTemplate, templateFolders } from './template-folders.ts'

/**
 * The pages of `templates/pages` and their assets. A file that TEMPLATES_DIR lacks is the product's. Files are read once: a change takes
 * effect at the next start.
 */
export interface Pages {
  /** Fills `templates/pages/TEMPLATE.liquid` and escapes all values. Throws a PageError with file and line if the template is invalid. */
  render(template: string, values: object): Promise<string>
  /** A file of `templates/pages/assets`, by name. */
  asset(name: string): Promise<Asset | undefined>
}

export interface Asset {
  readonly body: Buffer
  readonly type: string
  /** Changes with the file, so that browsers may cache the address forever. */
  readonly version: string
}

/** A template error with its file and line. */
class PageError extends Error {
  override name = 'PageError'
}

/** Far above the needs of a page with a book in it. An endless loop ends in an error. */
const limits = { parseLimit: 2e6, renderLimit: 5_000, memoryLimit: 1e8 }

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/vnd.microsoft.icon',
  '.woff2': 'font/woff2',
}

/** Opens the pages below `templatesFolder`. Files and modules are loaded on first use. */
export function openPages(
  templatesFolder: string,
  messages: Messages = openMessages(templateFolders(templatesFolder).toReversed(), () => 'UTC'),
): Pages {
  const roots = templateFolders(templatesFolder).map((folder) => join(folder, 'pages'))
  let assets: Promise<ReadonlyMap<string, Asset>> | undefined
  let engine: Promise<Liquid> | undefined
  /** File by template text: Liquid errors always carry the text, but only sometimes the file. */
  const files = new Map<string, string>()

  function openAssets(): Promise<ReadonlyMap<string, Asset>> {
    assets ??= readAssets(roots.map((root) => join(root, 'assets')))
    return assets
  }

  return {
    async render(template, values) {
      engine ??= openEngine(roots, openAssets, files, messages)
      const liquid = await engine
      try {
        // A partial that is included by `render` sees no variables of its page, but globals.
        return liquid.renderFileSync(template, values, { globals: { language: languageOf(values) } })
      } catch (error) {
        throw await faultOf(error, files, templatesFolder)
      }
    },
    async asset(name) {
      return (await openAssets()).get(name)
    },
  }
}

function languageOf(values: { readonly language?: string; readonly publication?: { readonly language?: string } }): string | undefined {
  return values.language ?? values.publication?.language
}

/** Liquid is loaded with the first page: a process that only serves feeds or sends mail does not need it. */
async function openEngine(
  roots: readonly string[],
  openAssets: () => Promise<ReadonlyMap<string, Asset>>,
  files: Map<string, string>,
  messages: Messages,
): Promise<Liquid> {
  const [{ Liquid }, assets] = await Promise.all([import('liquidjs'), openAssets()])
  const liquid = new Liquid({
    root: [...roots],
    partials: roots.map((root) => join(root, 'partials')),
    layouts: roots.map((root) => join(root, 'partials')),
    relativeReference: false,
    extname: '.liquid',
    outputEscape: 'escape',
    strictVariables: true,
    lenientIf: true,
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: 0,
    cache: true,
    ...limits,
  })
  const { fs } = liquid.options
  liquid.options.fs = {
    ...fs,
    readFileSync(file) {
      const text = fs.readFileSync(file)
      files.set(text, file)
      return text
    },
  }
  // `{{ 'style.css' | asset }}`: the address of a file of assets/, with its version.
  liquid.registerFilter('asset', (name: string) => {
    const asset = assets.get(name)
    if (!asset) throw new Error(`there is no ${name} in assets/`)
    return `/assets/${encodeURIComponent(name)}?v=${asset.version}`
  })
  registerMessageFilters(liquid, messages)
  return liquid
}

/** A file of an earlier folder hides that of a later one. */
async function readAssets(folders: readonly string[]): Promise<ReadonlyMap<string, Asset>> {
  const read = await Promise.all(folders.map(readAssetsIn))
  return new Map(read.toReversed().flat())
}

async function readAssetsIn(folder: string): Promise<[string, Asset][]> {
  // TEMPLATES_DIR need not have assets.
  const names = (await readdir(folder).catch(() => [])).filter((name) => extname(name) in types)
  return Promise.all(
    names.map(async (name): Promise<[string, Asset]> => {
      const body = await readFile(join(folder, name))
      const version = createHash('sha256').update(body).digest('base64url').slice(0, 12)
      return [name, { body, type: types[extname(name)] ?? 'application/octet-stream', version }]
    }),
  )
}

async function faultOf(error: unknown, files: ReadonlyMap<string, string>, templatesFolder: string): Promise<unknown> {
  const { LiquidError } = await import('liquidjs')
  if (!LiquidError.is(error)) return error
  const { token, message } = error as LiquidError
  const [line] = token.getPosition()
  const file = files.get(token.input)
  const reason = message.replace(/, (?:file:.*, )?line:\d+, col:\d+$/, '')
  return new PageError(file ? `${placeOfTemplate(templatesFolder, file)}:${line}: ${reason}` : reason, { cause: error })
}
