/** The token of an Authorization header (RFC 6750 §2.1), or undefined. Query parameters are not read, because they end up in logs. */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w~+/.-]+=*)$/i.exec(authorization ?? '')?.[1]
}
