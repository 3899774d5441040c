/**
 * Percent-encodes what RFC 3986 does not allow where it stands: other characters, a `%` without two digits, a second `#`, and brackets
 * outside the host (§3.2.2). Valid URIs stay as they are.
 */
export function encodeForUri(text: string): string {
  const head = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#[\]@]*@)?\[[\da-f:.]+\](?=[:/?#]|$)/i.exec(text)?.[0] ?? ''
  const [start = '', ...fragments] = text
    .slice(head.length)
    .replace(/%(?![\da-f]{2})/gi, '%25')
    .replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~]/gu, (character) => encodeURIComponent(character.toWellFormed()))
    .split('#')
  return head + start + (fragments.length > 0 ? `#${fragments.join('%23')}` : '')
}
