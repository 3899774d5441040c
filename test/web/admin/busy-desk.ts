import { setTimeout } from 'node:timers/promises'
import { createIssue } from '../../../src/digests/issue/create-issue.ts'
import { holdNextIssue } from '../../../src/digests/issue/hold-next.ts'
import { pauseIssue } from '../../../src/digests/issue/issue-actions.ts'
import { tellNotices } from '../../../src/digests/notices/notices.ts'
import { runDue } from '../../../src/digests/schedule/run-due.ts'
import type { DoctorReport } from '../../../src/doctor/doctor.ts'
import { fail, ok, record, setting, warn } from '../../../src/doctor/line.ts'
import { sql } from '../../../src/platform/database/sql.ts'
import { becomeReader } from '../../support/world.ts'
import { type DeskWorld, startDesk } from './operator.ts'

/** The publication of a busy desk: Cyrillic words, so that no word of the writer looks like one of ours. */
export function busyPublication(language: string): string {
  return `title: Прилив
language: ${language}
timezone: Europe/Kyiv
admin_email: editor@tide.example.org
sender: { name: Прилив, email: news@tide.example.org }
topics: { coast: Берег, craft: Ремесло }
measure: { clicks: true }
digests:
  weekly: { title: Неделя, schedule: "0 8 * * mon", allowed_lateness: 6h }
  coast: { title: Берег, schedule: "0 7 * * *", topics: [coast] }
  held: { title: Лодка, schedule: "0 6 * * *", hold: until_approved }
`
}

const article = (title: string, extra = '') => `---
title: ${title}
description: О лодке.
author: Рут
publish_date: 2026-11-10
${extra}---
Вода поднялась. [Причал](https://tide.example.org/x).
`

const report: DoctorReport = {
  checkedAt: new Date('2026-11-20T09:00:00Z'),
  lines: [
    { check: 'clock', title: 'Clock', ...ok('time.example.org', 'within a second') },
    {
      check: 'spf',
      title: 'SPF',
      ...fail('TXT tide.example.org', 'nothing', 'There is no SPF record.', record('tide.example.org', 'TXT', 'v=spf1 ~all')),
    },
    {
      check: 'mail',
      title: 'Mail',
      ...warn('SMTP_URL', 'not set', 'Nothing leaves this machine.', setting('SMTP_URL', 'smtp://host:587'), {
        kind: 'advice',
        text: 'Ask it.',
      }),
    },
  ],
}

/** A desk on which something of everything has happened, with its pages by address. */
export async function startBusyDesk(options: {
  readonly language: string
  readonly operator: { readonly email: string; readonly role: 'owner'; readonly language?: string }
  readonly templates?: string
  readonly env?: Readonly<Record<string, string>>
}): Promise<{ readonly desk: DeskWorld; readonly session: { Cookie: string }; readonly pages: readonly string[] }> {
  const { language, operator, ...others } = options
  /** Mailboxes that end once their readers have confirmed. */
  const gone = new Set<string>()
  const desk = await startDesk({
    ...others,
    publication: busyPublication(language),
    articles: {
      'lodka.md': article('Лодка', 'topics: [coast]\n'),
      'more.md': article('Море'),
      'taina.md': article('Тайна', 'expires: 2026-11-12\n'),
      'potom.md': article('Потом').replace('2026-11-10', '2026-12-24'),
      'oshibka.md': article('Ошибка').replace('2026-11-10', '2026-13-40'),
    },
    receiver: { onRecipient: (address) => (gone.has(address) ? '550 5.1.1 no such user here' : undefined) },
    doctor: async () => report,
    lastDoctorReport: report,
    warnings: ['PUBLIC_URL is http, so links are not encrypted'],
  })
  try {
    const session = await desk.logIn(operator)
    return { desk, session, pages: await fill(desk, session, gone) }
  } catch (error) {
    await desk[Symbol.asyncDispose]()
    throw error
  }
}

async function fill(desk: DeskWorld, session: { Cookie: string }, gone: Set<string>): Promise<string[]> {
  const { app, clock } = desk.world
  const post = async (path: string, fields: readonly (readonly [string, string])[]) => {
    const answer = await desk.post(path, fields, session)
    if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${answer.words}`)
    return answer
  }
  const definition = (name: string) => {
    const found = app.publication.current().digests.get(name)
    if (!found) throw new Error(`there is no digest ${name}`)
    return found
  }
  for (const name of ['mara', 'nobody', 'lost', 'paused'])
    await becomeReader(desk.world, `${name}@example.org`, ['weekly', 'coast', 'held'], [])
  await app.database.run(
    sql`UPDATE subscribers SET paused_until = ${clock.now().getTime() + 86_400_000} WHERE email = 'paused@example.org'`,
  )
  const [mara] = await app.database.all<{ id: string }>(sql`SELECT id FROM subscribers WHERE email = 'mara@example.org'`)

  gone.add('nobody@example.org')
  // An issue that is finished: sent, failed, skipped and uncertain.
  const finished = await issueOf(desk, 'weekly')
  await app.sender.drain()
  await runDue(app.digests)
  await app.database.run(sql`
    UPDATE deliveries SET state = 'uncertain', reason = 'handed over, and the process ended before the answer was recorded'
    WHERE mailing_id = ${finished} AND address_key = 'lost@example.org'`)
  // One that is paused, and one that is held.
  const paused = await issueOf(desk, 'coast')
  await pauseIssue(app.digests, paused)
  const held = await issueOf(desk, 'held')
  await app.database.run(sql`UPDATE issues SET state = 'held', held_for = 'issues of this digest wait for approval' WHERE id = ${held}`)
  await holdNextIssue(app.digests, definition('held'), { operator: null, via: 'cli' })
  await tellNotices(app.digests)

  await post('/admin/readers/new', [
    ['email', 'new@example.org'],
    ['digests', 'weekly'],
    ['wording', 'Да'],
  ])
  await post(`/admin/readers/${mara?.id}`, [
    ['name', 'Мара'],
    ['digests', 'weekly'],
  ])
  await post('/admin/suppressions', [
    ['email', 'spam@example.org'],
    ['reason', 'operator'],
  ])
  await post('/admin/tokens', [
    ['name', 'Токен'],
    ['scopes', 'read'],
    ['days', '30'],
  ])
  await post('/admin/operators', [
    ['email', 'viewer@example.org'],
    ['role', 'viewer'],
    ['language', ''],
  ])
  await post('/admin/webhooks', [
    ['url', 'https://hooks.example.org/'],
    ['description', 'Крючок'],
    ['types', 'issue.finished'],
  ])
  const webhook = /href="(\/admin\/webhooks\/[\da-f-]{36})"/.exec((await desk.get('/admin/webhooks', session)).body)?.[1] ?? ''
  await post(`${webhook}/test`, [])
  await app.database.run(sql`UPDATE webhook_endpoints SET failures = 12, failing_since = ${clock.now().getTime()}`)
  const operator = /href="(\/admin\/operators\/[\da-f-]{36})"/.exec((await desk.get('/admin/operators', session)).body)?.[1] ?? ''
  const mail = await desk.deliver({ subject: 'Письмо', html: '<p><a href="https://tide.example.org/">Прилив</a></p>', text: 'Письмо' })
  const imported = await upload(desk, session, 'Почта,Ответ\na@example.org,да\nчушь,нет\n')
  const done = await upload(desk, session, 'email,name\nb@example.org,Боб\nчушь,Карл\n')
  await post(done, [
    ['c0', 'email'],
    ['c1', 'name'],
    ['action', 'import'],
  ])
  await settled(desk, session, done)
  await post('/admin/sending/hold', [])

  const digests = ['weekly', 'coast', 'held'].map((name) => `/admin/digests/${name}`)
  const issues = [finished, paused, held].map((id) => `/admin/issues/${id}`)
  return [
    '/admin/login',
    '/admin/login/x',
    '/admin',
    '/admin/issues',
    ...issues,
    `/admin/issues/${finished}/resend`,
    `/admin/issues/${finished}/let-be`,
    `/admin/issues/${finished}/cancel`,
    `/admin/issues/${paused}/cancel`,
    `/admin/issues/${held}/note`,
    '/admin/digests',
    ...digests,
    '/admin/digests/coast/text',
    '/admin/digests/weekly/send',
    '/admin/digests/weekly/note',
    '/admin/articles',
    ...['lodka', 'taina', 'potom', 'oshibka'].map((name) => `/admin/articles/${name}.md`),
    '/admin/readers',
    '/admin/readers?q=example',
    '/admin/readers?since=never',
    '/admin/readers/new',
    `/admin/readers/${mara?.id}`,
    '/admin/readers/growth',
    '/admin/readers/growth?per=week',
    '/admin/readers/import',
    imported,
    done,
    '/admin/suppressions',
    '/admin/settings',
    '/admin/doctor',
    '/admin/operators',
    operator,
    '/admin/tokens',
    '/admin/sessions',
    '/admin/audit',
    '/admin/webhooks',
    webhook,
    '/admin/mailbox',
    `/admin/mailbox/${mail}`,
    '/admin/nothing',
    '/admin/mailbox/nothing',
    '/admin/%E0%A4%A',
  ]
}

async function issueOf({ world }: DeskWorld, name: string): Promise<string> {
  const { app } = world
  const definition = app.publication.current().digests.get(name)
  const created = definition && (await createIssue(app.digests, definition, {}))
  if (created?.status !== 'created') throw new Error(`${name}: ${JSON.stringify(created)}`)
  await runDue(app.digests)
  return created.issue.id
}

async function upload(desk: DeskWorld, headers: { Cookie: string }, file: string): Promise<string> {
  const form = new FormData()
  form.append('basis', 'contract')
  form.append('digests', 'weekly')
  form.append('file', new Blob([file], { type: 'text/csv' }), 'список.csv')
  const answer = await fetch(`${desk.origin}/admin/readers/import`, { method: 'POST', body: form, headers, redirect: 'manual' })
  return answer.headers.get('Location') ?? ''
}

async function settled(desk: DeskWorld, session: { Cookie: string }, path: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if ((await desk.get(path, session)).headers.get('Refresh') === null) return
    await setTimeout(50)
  }
  throw new Error('the import did not end')
}
