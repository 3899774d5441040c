import { stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { messageFilesIn, readMessageFile } from './messages.ts'
import { productTemplates } from './product-folder.ts'

/** The folders of a TEMPLATES_DIR. It needs one of them; what it lacks is taken from the product. */
const parts = ['email', 'messages', 'pages']

/** Where a template is looked for, in this order: TEMPLATES_DIR, then the product's own templates. */
export function templateFolders(templatesFolder: string): readonly string[] {
  return templatesFolder === productTemplates ? [productTemplates] : [templatesFolder, productTemplates]
}

/** Whether `file` lies in `folder` or in a folder of it. Both are absolute paths. */
export function isBelow(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/**
 * How messages name a template file: `templates/email/digest.mjml` for a file of TEMPLATES_DIR. A file that the product lends has its
 * whole path, so that nobody looks for it in TEMPLATES_DIR.
 */
export function placeOfTemplate(templatesFolder: string, file: string): string {
  return isBelow(templatesFolder, file) ? relative(dirname(templatesFolder), file) : file
}

/** What is wrong with a TEMPLATES_DIR. A mistyped path must not be answered with the product's own look. */
export async function faultOfTemplatesFolder(templatesFolder: string): Promise<string | undefined> {
  if (!(await isFolder(templatesFolder))) return `TEMPLATES_DIR: there is no folder ${templatesFolder}`
  const found = await Promise.all(parts.map((part) => isFolder(join(templatesFolder, part))))
  if (!found.includes(true)) return `TEMPLATES_DIR: ${templatesFolder} has no folder email, messages or pages`
  return templatesFolder === productTemplates ? undefined : faultOfMessageFiles(templatesFolder)
}

/** Every page and email needs the message files, so that one that cannot be read stops the start. */
function faultOfMessageFiles(templatesFolder: string): string | undefined {
  try {
    for (const file of messageFilesIn(templatesFolder)) readMessageFile(file)
    return undefined
  } catch (error) {
    return `TEMPLATES_DIR: ${(error as Error).message}`
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
