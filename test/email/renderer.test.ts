import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startRenderer } from '../../src/email/renderer.ts'
import { article, confirmOrder, digestOrder, templatesFolder } from './requests.ts'

test('nothing runs before the first mail is requested, nor after the renderer is closed', async () => {
  const renderer = startRenderer(templatesFolder)
  expect(renderer.pid).toBeUndefined()
  await renderer.render(confirmOrder)
  const { pid } = renderer
  await renderer.close()
  expect(renderer.pid).toBeUndefined()
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
  await expect(renderer.render(confirmOrder)).rejects.toThrow('The renderer is closed')
})

test('mails requested at the same time each get their own answer', async () => {
  await using renderer = startRenderer(templatesFolder)
  const emails = await Promise.all([1, 2, 3, 4, 5].map((number) => renderer.render(digestOrder([article(number)]))))
  for (const [index, email] of emails.entries()) expect(email.text).toContain(`How to read tide table ${index + 1} `)
})

test('a killed child fails the open mails in one sentence, and the next mail gets a new child', async () => {
  await using renderer = startRenderer(templatesFolder)
  await renderer.render(confirmOrder)
  const { pid } = renderer
  const open = renderer.render(digestOrder())
  process.kill(pid ?? 0, 'SIGKILL')
  await expect(open).rejects.toThrow('The renderer process ended before this mail was ready: SIGKILL.')
  expect((await renderer.render(confirmOrder)).subject).toContain('Please confirm')
  expect(renderer.pid).not.toBe(pid)
})

test('closing rejects what is still open', async () => {
  const renderer = startRenderer(templatesFolder)
  const open = renderer.render(confirmOrder)
  const said = expect(open).rejects.toThrow('ended before this mail was ready')
  await renderer.close()
  await said
})

test('a mail that takes too long is given up and its child ended', async () => {
  await using renderer = startRenderer(templatesFolder, { renderMs: 1, restMs: 1_000 })
  await expect(renderer.render(digestOrder())).rejects.toThrow('The mail digest was not ready after 0.001 s.')
  expect(renderer.pid).toBeUndefined()
})

test('a child with nothing to print ends after a rest', async () => {
  await using renderer = startRenderer(templatesFolder, { renderMs: 30_000, restMs: 1 })
  await renderer.render(confirmOrder)
  await expect.poll(() => renderer.pid, { timeout: 20_000 }).toBeUndefined()
  expect((await renderer.render(confirmOrder)).subject).toContain('Please confirm')
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
