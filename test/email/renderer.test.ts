import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startRenderer } from '../../src/email/renderer.ts'
import { article, confirmRequest, digestRequest, templatesFolder } from './requests.ts'

test('no child process runs before the first email or after close', async () => {
  const renderer = startRenderer(templatesFolder)
  expect(renderer.pid).toBeUndefined()
  await renderer.render(confirmRequest)
  const { pid } = renderer
  await renderer.close()
  expect(renderer.pid).toBeUndefined()
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
  await expect(renderer.render(confirmRequest)).rejects.toThrow('The email renderer is closed.')
})

test('concurrent requests each get their own email', async () => {
  await using renderer = startRenderer(templatesFolder)
  const emails = await Promise.all([1, 2, 3, 4, 5].map((number) => renderer.render(digestRequest([article(number)]))))
  for (const [index, email] of emails.entries()) expect(email.text).toContain(`How to read tide table ${index + 1} `)
})

test('a killed child rejects pending emails with one sentence, and the next email starts a new child', async () => {
  await using renderer = startRenderer(templatesFolder)
  await renderer.render(confirmRequest)
  const { pid } = renderer
  const open = renderer.render(digestRequest())
  process.kill(pid ?? 0, 'SIGKILL')
  await expect(open).rejects.toThrow('The renderer process ended before the email was ready: SIGKILL.')
  expect((await renderer.render(confirmRequest)).subject).toContain('Please confirm')
  expect(renderer.pid).not.toBe(pid)
})

test('close rejects pending emails', async () => {
  const renderer = startRenderer(templatesFolder)
  const open = renderer.render(confirmRequest)
  const rejection = expect(open).rejects.toThrow('ended before the email was ready')
  await renderer.close()
  await rejection
})

test('an email that takes too long is rejected and its child killed', async () => {
  await using renderer = startRenderer(templatesFolder, { renderMs: 1, restMs: 1_000 })
  await expect(renderer.render(digestRequest())).rejects.toThrow('Rendering the digest email took longer than 0.001 s.')
  expect(renderer.pid).toBeUndefined()
})

test('an idle child process ends', async () => {
  await using renderer = startRenderer(templatesFolder, { renderMs: 30_000, restMs: 1 })
  await renderer.render(confirmRequest)
  await expect.poll(() => renderer.pid, { timeout: 20_000 }).toBeUndefined()
  expect((await renderer.render(confirmRequest)).subject).toContain('Please confirm')
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
