import { quoted, watchAddress } from './embeds.ts'

/** A picture with an `align` after its address, as Hashnode exports it. */
export const alignedPicture = /(!\[[^\][\n]{0,500}\]\([^()\s]{1,2000})[ \t]{1,20}align="[a-z]{1,10}"[ \t]{0,20}\)/g
/** An embed on a line of its own. */
export const percentEmbed = /^[ \t]{0,20}%\[(https?:\/\/[^\][\s]{1,2000})\][ \t]{0,20}$/gm

/** Reads Hashnode's pictures and embeds. */
export function readHashnode(text: string): string {
  return text
    .replace(alignedPicture, '$1)')
    .replace(percentEmbed, (_, address: string) => `\n<a href="${quoted(watchAddress(address))}">${quoted(watchAddress(address))}</a>\n`)
}
