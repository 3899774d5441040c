import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startPress } from '../../src/email/renderer.ts'
import { article, confirmOrder, digestOrder, templatesFolder } from './requests.ts'

test('nothing runs before the first letter is ordered, nor after the press is closed', async () => {
  const press = startPress(templatesFolder)
  expect(press.pid).toBeUndefined()
  await press.print(confirmOrder)
  const { pid } = press
  await press.close()
  expect(press.pid).toBeUndefined()
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
  await expect(press.print(confirmOrder)).rejects.toThrow('The press is closed')
})

test('letters ordered at the same time each get their own answer', async () => {
  await using press = startPress(templatesFolder)
  const letters = await Promise.all([1, 2, 3, 4, 5].map((number) => press.print(digestOrder([article(number)]))))
  for (const [index, letter] of letters.entries()) expect(letter.text).toContain(`How to read tide table ${index + 1} `)
})

test('a killed child fails the open letters in one sentence, and the next letter gets a new child', async () => {
  await using press = startPress(templatesFolder)
  await press.print(confirmOrder)
  const { pid } = press
  const open = press.print(digestOrder())
  process.kill(pid ?? 0, 'SIGKILL')
  await expect(open).rejects.toThrow('The process that makes letters ended before this one was ready: SIGKILL.')
  expect((await press.print(confirmOrder)).subject).toContain('Please confirm')
  expect(press.pid).not.toBe(pid)
})

test('closing rejects what is still open', async () => {
  const press = startPress(templatesFolder)
  const open = press.print(confirmOrder)
  const said = expect(open).rejects.toThrow('ended before this one was ready')
  await press.close()
  await said
})

test('a letter that takes too long is given up and its child ended', async () => {
  await using press = startPress(templatesFolder, { printMs: 1, restMs: 1_000 })
  await expect(press.print(digestOrder())).rejects.toThrow('The digest letter was not ready after 0.001 s.')
  expect(press.pid).toBeUndefined()
})

test('a child with nothing to print ends after a rest', async () => {
  await using press = startPress(templatesFolder, { printMs: 30_000, restMs: 1 })
  await press.print(confirmOrder)
  await expect.poll(() => press.pid, { timeout: 20_000 }).toBeUndefined()
  expect((await press.print(confirmOrder)).subject).toContain('Please confirm')
})

test('the child does not outlive a parent that was killed', async () => {
  const parent = fork(fileURLToPath(new URL('renderer-parent.ts', import.meta.url)), [templatesFolder], { execArgv: [] })
  const [pid] = (await once(parent, 'message')) as [number]
  process.kill(pid, 0)
  parent.kill('SIGKILL')
  await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
