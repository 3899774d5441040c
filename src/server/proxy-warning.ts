/**
 * The server itself speaks http only. So a PUBLIC_URL of https means a proxy, which must be named for visitors to be told apart.
 */
export function proxyWarning(publicUrl: string, trustProxy: boolean | number | string): string | undefined {
  if (trustProxy !== false || !publicUrl.startsWith('https:')) return undefined
  return 'TRUST_PROXY is not set, and PUBLIC_URL says that a proxy is in front: visitors cannot be told apart, so only sign_up.overall limits sign-ups'
}
