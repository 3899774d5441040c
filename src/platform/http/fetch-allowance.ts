/** What a private address may be fetched for. */
export type FetchPurpose = 'webhook' | 'image'

/** One entry of FETCH_ALLOW: a host and port that may be fetched although it is private, and without TLS. */
export interface FetchAllowance {
  /** Undefined: any purpose. */
  readonly purpose: FetchPurpose | undefined
  /** As in the host of a URL: lower case, IPv6 in brackets. */
  readonly host: string
}

/** Parses FETCH_ALLOW: `[PURPOSE:]HOST:PORT`, with spaces or commas between. Undefined if an entry has another form. */
export function parseFetchAllow(text: string): readonly FetchAllowance[] | undefined {
  const allowances: FetchAllowance[] = []
  for (const entry of text.split(/[\s,]+/)) {
    if (entry === '') continue
    const [, purpose, host = '', port = ''] = /^(?:(webhook|image):)?(\[[\da-f:.]+\]|[a-z\d._-]+):(\d{1,5})$/i.exec(entry) ?? []
    if (port === '' || Number(port) < 1 || Number(port) > 65_535 || !URL.canParse(`http://${host}/`)) return undefined
    allowances.push({
      purpose: purpose?.toLowerCase() as FetchPurpose | undefined,
      host: `${new URL(`http://${host}/`).hostname}:${Number(port)}`,
    })
  }
  return allowances
}

/** Whether FETCH_ALLOW names the host and port of `url` for this purpose. */
export function isFetchAllowed(allowances: readonly FetchAllowance[], purpose: FetchPurpose, url: URL): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return allowances.some((one) => (one.purpose ?? purpose) === purpose && one.host === `${url.hostname}:${port}`)
}
