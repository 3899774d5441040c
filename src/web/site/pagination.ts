/** Where a page of a long list stands in it. */
export interface ListPage {
  /** 1 is the one with what is newest. */
  readonly number: number
  /** How many there are: one of a list that is empty. */
  readonly of: number
  /** Paths of the leaves beside it. */
  readonly earlier: string | null
  readonly later: string | null
}

/** A page of a list is about as long as a reader scrolls. */
export const itemsOnPage = 30

/** The number that `?page=` asks for; undefined where it is none. */
export function pageNumber(asked: unknown): number | undefined {
  if (asked === undefined) return 1
  return typeof asked === 'string' && /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : undefined
}

/** One leaf of a list of `count` items at `address`; undefined where it has no such one. */
export function pageOfList(count: number, number: number | undefined, address: string): ListPage | undefined {
  const of = Math.max(1, Math.ceil(count / itemsOnPage))
  if (number === undefined || number > of) return undefined
  return {
    number,
    of,
    earlier: number < of ? pageAddress(address, number + 1) : null,
    later: number > 1 ? pageAddress(address, number - 1) : null,
  }
}

export function pageAddress(address: string, number: number): string {
  return number === 1 ? address : `${address}?page=${number}`
}
