import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { limitTokenGuesses } from '../../../src/operators/token-guesses.ts'
import { apiRoutes } from '../../../src/web/api/routes.ts'
import { articleText } from '../../support/content.ts'
import { startWorld } from '../../support/world.ts'
import { serve } from '../site/visitor.ts'

test('the ledger of a hidden article says why no digest sends it; the list and strangers do not see it', async () => {
  const file = (title: string, extra: string) => articleText({ title, extra: `${extra}\n` })
  await using world = await startWorld({
    articles: {
      'plain.md': file('Plain', 'lang: en'),
      'over.md': file('Over', 'expires: 2026-11-12'),
      'secret.md': file('Secret', 'password: swordfish'),
      'quiet.md': file('Quiet', 'unlisted: true'),
      'private.md': file('Private', 'private: true'),
    },
  })
  const { app } = world
  const guesses = limitTokenGuesses({ ...app.access, isAdminToken: (token: string) => token === 'operator' }, world.clock)
  const { digests, subscribers, webhooks } = app
  const routes = apiRoutes({
    guesses,
    operators: app.operators,
    digests,
    subscribers,
    webhooks,
    templatesFolder: resolve('templates'),
    triggerScheduler: () => {},
    doctor: () => Promise.reject(new Error('not asked here')),
  })
  await using visitor = await serve({ '/': routes })
  const get = (path: string) => visitor.get(path, { Authorization: 'Bearer operator' })
  const reasonOf = async (slug: string) => JSON.parse((await get(`/articles/${slug}`)).body).ledger[0].reason
  expect(await reasonOf('over')).toBe('expired on 2026-11-12')
  expect(await reasonOf('secret')).toBe('protected: password')
  expect(await reasonOf('quiet')).toBe('unlisted')
  expect(await get('/articles/private')).toMatchObject({ status: 404, body: expect.stringContaining('private.md is private') })
  const { items } = JSON.parse((await get('/articles')).body)
  expect(items.map(({ slug }: { slug: string }) => slug)).toEqual(['plain'])
  for (const path of ['/articles', '/articles/over', '/articles/secret', '/articles/quiet'])
    expect((await visitor.get(path)).status, path).toBe(401)
})
