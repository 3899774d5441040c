/** Bounded (RFC 5321 §4.5.3.1), so that a long text without an address takes linear time. */
const addressPattern = /([^\s<>"'(),:;@[\]\\])[^\s<>"'(),:;@[\]\\]{0,63}@[^\s<>"'(),:;@[\]\\]{1,255}/gu

/** Replaces every email address in a text: `mara@example.org` becomes `m***@***`. For whoever may not see readers. */
export function maskAddresses(text: string): string {
  return text.replace(addressPattern, (_address, first: string) => `${first}***@***`)
}
