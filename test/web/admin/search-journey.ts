import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { importSubscribers } from '../../../src/subscribers/import/import.ts'
import { fillSearch } from '../../../src/subscribers/search/fill.ts'
import { order } from '../../subscribers/import/lists.ts'
import type { World } from '../../support/world.ts'
import { expectDeskFit, mainText } from './desk-browser.ts'

/** Readers that a page shows, and how many are counted at most. */
const perPage = 50
const maxCounted = 20_000

interface Row {
  readonly number: number
  readonly email: string
  readonly name: string
  readonly digest: string
  readonly topics: string
  readonly state: string
}

function rowOf(number: number): Row {
  return {
    number,
    email: `reader${number}@mail${number % 7}.example.org`,
    name: number % 1_000 === 7 ? `Ada Quay ${number}` : `Reader ${number}`,
    digest: number % 2 === 0 ? 'weekly' : 'coast-daily',
    topics: ['craft', 'coast', ''][number % 3] ?? '',
    state: number % 10 === 0 ? 'unsubscribed' : 'confirmed',
  }
}

async function* listOf(count: number): AsyncGenerator<Buffer> {
  yield Buffer.from('email,name,digests,topics,status\n')
  for (let start = 0; start < count; start += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - start) }, (_, index) => rowOf(start + index))
    yield Buffer.from(rows.map(({ email, name, digest, topics, state }) => `${email},${name},${digest},${topics},${state}\n`).join(''))
  }
}

/** Imports `count` readers and fills the search index to its end. */
export async function fillWithReaders({ app }: World, count: number): Promise<void> {
  const outcome = await importSubscribers(app.subscribers, listOf(count), order)
  if (outcome.status !== 'done' || outcome.report.taken !== count) throw new Error(JSON.stringify(outcome).slice(0, 1_000))
  await fillSearch(app.database)
}

/** Searches, filters and turns pages, in a database of `fillWithReaders`. The page is that of an operator who is signed in. */
export async function searchAsOperator(page: Page, origin: string, count: number): Promise<void> {
  const countOf = (fits: (row: Row) => boolean) => {
    let found = 0
    for (let number = 0; number < count; number++) if (fits(rowOf(number))) found++
    return found
  }
  const counted = (found: number) =>
    found > maxCounted ? `More than ${maxCounted.toLocaleString('en')} readers` : `${found.toLocaleString('en')} readers`

  await page.goto(`${origin}/admin/readers`)
  expect(await countAbove(page)).toBe(counted(count))
  expect(await addresses(page)).toEqual(newest(count, perPage).map(({ email }) => email))
  await expectDeskFit(page, 'readers')
  await turnPage(page)
  expect(await addresses(page)).toEqual(newest(count - perPage, perPage).map(({ email }) => email))

  // A part of an address.
  await search(page, 'EADER17@')
  expect(await countAbove(page)).toBe('1 reader found')
  expect(await addresses(page)).toEqual([rowOf(17).email])
  await search(page, 'mail3.exam')
  expect(await countAbove(page)).toBe(`${perPage} readers on this page`)
  const ofMachine = newest(count, 7 * 2 * perPage + 7).filter(({ number }) => number % 7 === 3)
  expect(await addresses(page)).toEqual(ofMachine.slice(0, perPage).map(({ email }) => email))
  await turnPage(page)
  expect(await addresses(page)).toEqual(ofMachine.slice(perPage, 2 * perPage).map(({ email }) => email))
  expect(await page.inputValue('#q')).toBe('mail3.exam')

  // A part of a name.
  await search(page, 'da quay')
  const named = countOf(({ name }) => name.startsWith('Ada'))
  expect(await countAbove(page)).toBe(named > perPage ? `${perPage} readers on this page` : `${named} readers found`)
  expect((await page.textContent('tbody tr th bdi'))?.startsWith('Ada Quay')).toBe(true)

  // Under three characters.
  await search(page, 're')
  expect(await mainText(page)).toContain('With fewer than three characters, only beginnings of addresses are found.')
  expect(await addresses(page)).toHaveLength(perPage)
  await search(page, 'da')
  expect(await mainText(page)).toContain('No reader matches.')
  await expectDeskFit(page, 'readers-none-found')

  // Filters, alone and with a search.
  await page.click('.count a, a:has-text("Show all readers")')
  await page.waitForURL('**/admin/readers')
  await page.selectOption('#digest', 'weekly')
  await page.selectOption('#state', 'unsubscribed')
  await page.selectOption('#topic', 'craft')
  await submit(page)
  expect(await countAbove(page)).toBe(counted(countOf((row) => row.number % 10 === 0 && row.topics !== 'coast')))
  for (const email of await addresses(page)) expect(Number(/\d+/.exec(email)?.[0]) % 10).toBe(0)
  await expectDeskFit(page, 'readers-filtered')
  await turnPage(page)
  expect(await page.inputValue('#state')).toBe('unsubscribed')
  await search(page, 'da quay')
  expect(await countAbove(page), 'each Ada gets the other digest').toBe('Nobody found')
  await page.selectOption('#digest', 'coast-daily')
  await page.selectOption('#state', 'confirmed')
  await page.selectOption('#topic', 'coast')
  await submit(page)
  const both = countOf((row) => row.name.startsWith('Ada') && row.topics !== 'craft')
  expect(await countAbove(page)).toBe(
    both > perPage ? `${perPage} readers on this page` : both === 1 ? '1 reader found' : `${both} readers found`,
  )
}

/** The newest rows of a list of `count`, newest first. */
function newest(count: number, length: number): Row[] {
  return Array.from({ length }, (_, index) => rowOf(count - 1 - index))
}

async function search(page: Page, text: string): Promise<void> {
  await page.fill('#q', text)
  await submit(page)
}

async function submit(page: Page): Promise<void> {
  await page.click('.reader-search button')
  await page.waitForLoadState()
}

async function turnPage(page: Page): Promise<void> {
  await page.click('a[rel=next]')
  await page.waitForURL('**cursor=**')
}

function addresses(page: Page): Promise<string[]> {
  return page.locator('tbody a.address').allTextContents()
}

/** What stands above the table: how many there are. */
async function countAbove(page: Page): Promise<string> {
  return (await page.textContent('.count strong')) ?? ''
}
