/** The token of an Authorization header (RFC 6750 §2.1): never of a query, where logs would keep it. Undefined where there is none. */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w~+/.-]+=*)$/i.exec(authorization ?? '')?.[1]
}
