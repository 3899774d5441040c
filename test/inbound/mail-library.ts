import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { returnPathFor, unsubscribeAddressFor } from '../../src/outbox/message/return-path.ts'
import type { Tokens } from '../../src/platform/tokens.ts'

export const bounceAddress = 'bounces@example.org'

/** A message of the library, about this delivery: where `{RETURN}` and `{LEAVE}` stand, it carries our marks. */
export async function libraryMail(name: string, tokens: Tokens, deliveryId: number): Promise<{ source: Buffer; recipient: string }> {
  const text = (await readFile(join(import.meta.dirname, 'library', `${name}.eml`), 'utf8'))
    .replaceAll('{RETURN}', returnPathFor(bounceAddress, tokens, deliveryId))
    .replaceAll('{LEAVE}', unsubscribeAddressFor(bounceAddress, tokens, deliveryId))
  return { source: Buffer.from(text.replace(/\r?\n/g, '\r\n')), recipient: /^To: (.*)$/m.exec(text)?.[1]?.trim() ?? '' }
}
