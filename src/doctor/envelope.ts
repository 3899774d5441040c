import { wireDomain } from '../platform/email-address.ts'
import type { CheckContext } from './check.ts'

/** The domain in the From of mail. */
export function fromDomain({ publication }: Pick<CheckContext, 'publication'>): string {
  return wireDomain(publication.sender.email).toLowerCase()
}

/** The domain of the return path, which SPF is about and bounces go to. */
export function envelopeDomain(context: Pick<CheckContext, 'publication' | 'settings'>): string {
  const { bounceAddress } = context.settings
  return bounceAddress === undefined ? fromDomain(context) : wireDomain(bounceAddress).toLowerCase()
}
