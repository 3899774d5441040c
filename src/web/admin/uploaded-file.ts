import type { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { Request } from 'express'

/** What stands before the file in a posted form. Later fields are not read. */
export interface UploadedForm {
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly fileName: string
  /** The content of the file, which must be read to its end. */
  readonly file: Readable
}

/** The form ended before its file did. */
export class BrokenUpload extends Error {}

const limits = { fields: 50, fieldNameSize: 100, fieldSize: 2_000, files: 1, parts: 60, headerPairs: 20 }

/**
 * Reads a form with a file (RFC 7578) up to the file, which stays a stream. Undefined if the request has another type or no file.
 */
export function readUploadedForm(request: Request): Promise<UploadedForm | undefined> {
  if (!request.is('multipart/form-data')) return Promise.resolve(undefined)
  const fields = new Map<string, string[]>()
  return new Promise((resolve) => {
    const giveUp = () => {
      request.unpipe(parser)
      request.resume()
      resolve(undefined)
    }
    let parser: InstanceType<typeof Busboy>
    try {
      parser = new Busboy({ headers: request.headers as BusboyHeaders, limits, defParamCharset: 'utf8' } as ConstructorParameters<
        typeof Busboy
      >[0])
    } catch {
      // The boundary is missing.
      return resolve(undefined)
    }
    parser.on('field', (name, value) => fields.set(name, [...(fields.get(name) ?? []), value]))
    parser.on('file', (_field, file, fileName) => {
      const breakOff = () => file.destroy(new BrokenUpload('the upload was broken off'))
      // The parser emits an error on the file too. Without a listener it would end the process.
      file.on('error', () => {})
      parser.on('error', breakOff)
      request.once('close', () => request.complete || breakOff())
      resolve({ fields, fileName: fileName ?? '', file })
    })
    parser.once('finish', () => resolve(undefined))
    parser.once('error', giveUp)
    request.pipe(parser)
  })
}
