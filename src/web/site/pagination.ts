/** The position of a page in a list. */
export interface ListPage {
  /** 1 is the page with the newest items. */
  readonly number: number
  /** The number of pages; 1 for an empty list. */
  readonly of: number
  /** Paths of the neighbouring pages. */
  readonly earlier: string | null
  readonly later: string | null
}

/** Items per page of a list. */
export const itemsOnPage = 30

/** The page number of `?page=`; undefined if it is invalid. */
export function pageNumber(asked: unknown): number | undefined {
  if (asked === undefined) return 1
  return typeof asked === 'string' && /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : undefined
}

/** One page of a list of `count` items at `address`; undefined if the page does not exist. */
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
