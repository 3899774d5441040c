import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { describe, expect, test } from 'vitest'
import type { InboundContext } from '../../src/inbound/context.ts'
import { providersWith, webhookHandler } from '../../src/inbound/provider-webhooks.ts'
import type { ProviderSecrets } from '../../src/inbound/providers/provider.ts'
import { pruneInbound } from '../../src/inbound/retention.ts'
import { webhookWarnings } from '../../src/inbound/webhook-secrets.ts'
import { returnPathFor } from '../../src/outbox/message/return-path.ts'
import { whichAreSuppressed } from '../../src/outbox/suppressions.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { type Tokens, tokensKeyedBy } from '../../src/platform/tokens.ts'
import type { Engine } from '../support/databases.ts'
import { enqueueTo } from '../support/outbox.ts'
import { startWorld } from '../support/world.ts'
import { bounceAddress } from './mail-library.ts'

const secret = 'a secret of sixteen and more'
const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abc.pem'
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

const topic = 'arn:aws:sns:eu-west-1:123456789012:mail'
const otherTopic = 'arn:aws:sns:us-east-1:210987654321:mail'

/** The fields that SNS signs, in its order. */
const signedFields = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']

function signed(fields: Record<string, string>): Record<string, string> {
  const text = signedFields.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join('')
  const version = fields.SignatureVersion ?? '2'
  const signature = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256')
    .update(text)
    .sign(privateKey, 'base64')
  return { SignatureVersion: version, SigningCertURL: certificateUrl, ...fields, Signature: fields.Signature ?? signature }
}

function notification(message: object, more: Record<string, string> = {}): Record<string, string> {
  const fields = { Type: 'Notification', MessageId: randomUUID(), TopicArn: topic, Timestamp: '2026-11-20T08:59:00.000Z' }
  return signed({ ...fields, Message: JSON.stringify(message), ...more })
}

const subscribeUrl = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn&Token=abc'

function confirmation(more: Record<string, string> = {}): Record<string, string> {
  const fields = { Type: 'SubscriptionConfirmation', MessageId: randomUUID(), TopicArn: topic, Timestamp: '2026-11-20T08:59:00.000Z' }
  return signed({ ...fields, Message: 'Confirm', Token: 'abc', SubscribeURL: subscribeUrl, ...more })
}

const sesBounce = (source: string, email: string, bounceType = 'Permanent', bounceSubType = 'General') => ({
  notificationType: 'Bounce',
  mail: { source },
  bounce: {
    bounceType,
    bounceSubType,
    bouncedRecipients: [{ emailAddress: email, status: bounceType === 'Permanent' ? '5.1.1' : '4.2.2' }],
  },
})

/** The webhooks over HTTP, with one delivery sent to each address. */
async function startWebhooks(addresses: readonly string[], engine: Engine = 'sqlite') {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({ engine, env: { SECRET: 'the secret of the webhooks' } }))
  const { database, inbound } = world.app
  const mailing = await enqueueTo(database, world.clock, addresses)
  await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0 WHERE mailing_id = ${mailing}`)
  const fetched: string[] = []
  let isConfirmable = true
  const fetchText = async (url: string) => {
    fetched.push(url)
    if (url === subscribeUrl && !isConfirmable) throw new Error('sns does not answer')
    return publicPem
  }
  const begin = (context: InboundContext, secrets: ProviderSecrets) => ({
    context,
    secrets,
    answer: webhookHandler(context, providersWith(secrets, fetchText)),
  })
  let begun = begin(inbound, { ses: secret, postmark: secret })
  const answer: RequestHandler<{ provider: string }> = (request, response, next) => begun.answer(request, response, next)
  const server = createServer(express().post('/inbound/:provider', answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  parts.defer(() => void server.close())
  const owned = parts.move()
  const post = async (provider: string, body: unknown, headers: Record<string, string>, query = '') => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbound/${provider}${query}`
    const response = await fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
    await response.text()
    return response.status
  }
  return {
    ...world,
    fetched,
    restart: (tokens: Tokens, secrets: ProviderSecrets = begun.secrets) => {
      begun = begin({ ...inbound, tokens }, secrets)
    },
    letConfirm: (isTo: boolean) => {
      isConfirmable = isTo
    },
    warnings: () => webhookWarnings(begun.context, begun.secrets),
    returnPath: async (address: string) => {
      const row = await database.get<{ id: number }>(sql`SELECT id FROM deliveries WHERE address = ${address}`)
      return returnPathFor(bounceAddress, inbound.tokens, row?.id ?? 0)
    },
    tell: (provider: string, body: unknown, password = secret) =>
      post(provider, body, { Authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` }),
    tellByQuery: (provider: string, body: unknown) => post(provider, body, {}, `?secret=${encodeURIComponent(secret)}`),
    reports: async () => (await database.all<{ kind: string }>(sql`SELECT kind FROM reports ORDER BY kind`)).map(({ kind }) => kind),
    suppressed: async () => Object.fromEntries(await whichAreSuppressed(database, inbound.tokens, addresses)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test('SES is heard where SNS signed it and the secret is right: what is final suppresses, what is not is counted', async () => {
  await using hooks = await startWebhooks(['hard@example.net', 'soft@example.net', 'angry@example.net', 'bea@example.net'])
  const { tell, returnPath } = hooks
  expect(
    await tell('ses', notification(sesBounce(await returnPath('hard@example.net'), 'other@example.net'), { SignatureVersion: '1' })),
  ).toBe(200)
  expect(
    await tell(
      'ses',
      notification(sesBounce('news@example.org', 'soft@example.net', 'Transient', 'MailboxFull'), { Subject: 'A subject' }),
    ),
  ).toBe(200)
  const complaint = {
    eventType: 'Complaint',
    mail: { source: '' },
    complaint: { complainedRecipients: [{ emailAddress: 'Angry@example.net' }] },
  }
  expect(await tell('ses', notification(complaint))).toBe(200)
  expect(hooks.fetched).toEqual([certificateUrl])
  expect(await hooks.suppressed()).toEqual({ 'hard@example.net': 'bounce', 'angry@example.net': 'complaint' })

  const forged = sesBounce('', 'bea@example.net')
  const good = notification(forged)
  expect(await tell('ses', good, 'a wrong secret of its own')).toBe(401)
  expect(await tell('ses', { ...good, Message: good.Message?.replace('5.1.1', '5.1.2') })).toBe(401)
  expect(await tell('ses', notification(forged, { Signature: 'AAAA' }))).toBe(401)
  for (const url of [
    'https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem',
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem',
    'https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem',
    'https://sns.eu-west-1.amazonaws.com/other.pem',
  ]) {
    expect(await tell('ses', notification(forged, { SigningCertURL: url })), url).toBe(401)
  }
  expect(await tell('ses', '{')).toBe(400)
  expect(await tell('ses', '[]')).toBe(400)
  expect(await tell('mailjet', good)).toBe(404)
  expect(await tell('constructor', good)).toBe(404)
  expect(Object.keys(await hooks.suppressed())).not.toContain('bea@example.net')
  expect(hooks.fetched).toHaveLength(1)
})

test('what SES cannot tell has no consequence: automatic replies, undetermined bounces, and complaints that are not new', async () => {
  const email = 'away@example.net'
  await using hooks = await startWebhooks([email])
  const away = (type: string, subType: string, status: string) => {
    const { bounce, ...rest } = sesBounce('', email, type, subType)
    return { ...rest, bounce: { ...bounce, bouncedRecipients: [{ emailAddress: email, status }] } }
  }
  const again = {
    notificationType: 'Complaint',
    mail: { source: '' },
    complaint: {
      complainedRecipients: [{ emailAddress: email }],
      complaintSubType: 'OnAccountSuppressionList',
      complaintFeedbackType: null,
    },
  }
  for (const message of [
    away('Transient', 'General', '4.0.0'),
    away('Transient', 'General', '5.7.1'),
    away('Undetermined', 'Undetermined', '5.3.0'),
    away('Undetermined', 'General', '5.1.1'),
    again,
  ])
    expect(await hooks.tell('ses', notification(message))).toBe(200)
  expect([await hooks.reports(), await hooks.suppressed()]).toEqual([[], {}])
  // The same address with a full mailbox, and with a new complaint.
  await hooks.tell('ses', notification(away('Transient', 'MailboxFull', '5.2.2')))
  expect(await hooks.reports()).toEqual(['soft'])
  await hooks.tell('ses', notification({ ...again, complaint: { ...again.complaint, complaintSubType: null } }))
  expect(await hooks.reports()).toEqual(['complaint', 'soft'])
})

test('what is stored of SNS can hold no address', async () => {
  await using hooks = await startWebhooks(['ada@example.net'])
  for (const more of [{ TopicArn: `${topic}@example.net` }, { MessageId: 'ada@example.net' }, { TopicArn: `${topic}${'x'.repeat(300)}` }])
    expect(await hooks.tell('ses', notification(sesBounce('', 'ada@example.net'), more))).toBe(400)
  expect(await hooks.app.database.all(sql`SELECT * FROM webhook_secrets`)).toEqual([])
})

test('a subscription of SNS is confirmed at an address of SNS and at no other', async () => {
  await using hooks = await startWebhooks(['ada@example.net'])
  expect(await hooks.tell('ses', confirmation({ SubscribeURL: 'https://evil.example/?Action=ConfirmSubscription' }))).toBe(401)
  expect(await hooks.tell('ses', confirmation())).toBe(200)
  expect(hooks.fetched).toEqual([certificateUrl, subscribeUrl])
})

test('Postmark is heard by its password: hard, soft and complaint apart, and what machines answer is nothing', async () => {
  await using hooks = await startWebhooks(['hard@example.net', 'soft@example.net', 'angry@example.net', 'away@example.net'])
  const event = (Type: string, Email: string, RecordType = 'Bounce') => ({
    RecordType,
    Type,
    Email,
    MessageID: 'x',
    Details: 'smtp;550 5.1.1 unknown',
  })
  expect(await hooks.tell('postmark', event('HardBounce', 'hard@example.net'), 'the wrong password here')).toBe(401)
  expect(await hooks.suppressed()).toEqual({})
  expect(await hooks.tell('postmark', event('HardBounce', 'hard@example.net'))).toBe(200)
  expect(await hooks.tell('postmark', event('HardBounce', 'hard@example.net'))).toBe(200)
  expect(await hooks.tell('postmark', event('SoftBounce', 'soft@example.net'))).toBe(200)
  expect(await hooks.tell('postmark', event('SpamComplaint', 'angry@example.net', 'SpamComplaint'))).toBe(200)
  expect(await hooks.tell('postmark', event('AutoResponder', 'away@example.net'))).toBe(200)
  expect(await hooks.tell('postmark', event('Unknown', 'away@example.net'))).toBe(200)
  expect(await hooks.reports()).toEqual(['complaint', 'hard', 'soft'])
  expect(await hooks.tell('postmark', { RecordType: 'Open' })).toBe(200)
  expect(await hooks.tell('postmark', { RecordType: 'Bounce' })).toBe(400)
  expect(await hooks.suppressed()).toEqual({ 'hard@example.net': 'bounce', 'angry@example.net': 'complaint' })
})

describe.each<Engine>(['sqlite', 'postgres'])('SNS on %s', (engine) => {
  const mail = ['ada@example.net', 'bea@example.net']
  const bounced = (email: string, more: Record<string, string> = {}) => notification(sesBounce('', email, 'Transient', 'MailboxFull'), more)

  test('the first topic that confirms is the only one; another is refused, told, and possible with another secret', async () => {
    await using hooks = await startWebhooks(mail, engine)
    hooks.letConfirm(false)
    expect(await hooks.tell('ses', confirmation({ TopicArn: otherTopic }))).toBe(500)
    hooks.letConfirm(true)
    expect(await hooks.tell('ses', confirmation())).toBe(200)
    const fetched = hooks.fetched.length
    expect(await hooks.warnings()).toEqual([])
    for (const message of [confirmation, (more: Record<string, string>) => bounced('ada@example.net', more)])
      expect(await hooks.tell('ses', message({ TopicArn: otherTopic }))).toBe(403)
    expect([hooks.fetched.length, await hooks.reports()]).toEqual([fetched, []])
    expect(await hooks.warnings()).toEqual([
      `INBOUND_SES_SECRET came with the SNS topic ${otherTopic}, which is refused because ${topic} was first: send all reports to that topic, or set another secret to change it`,
    ])
    expect(await hooks.tell('ses', bounced('ada@example.net'))).toBe(200)
    expect(await hooks.reports()).toEqual(['soft'])

    // SECRET changes twice, and each time the pin is found under the previous one.
    for (const [present, previous] of [
      ['a second secret', 'the secret of the webhooks'],
      ['a third secret', 'a second secret'],
    ] as const) {
      hooks.restart(tokensKeyedBy(present, [previous]))
      expect(await hooks.tell('ses', bounced('ada@example.net', { TopicArn: otherTopic }))).toBe(403)
    }
    const another = 'another secret of the webhooks'
    hooks.restart(tokensKeyedBy('a third secret'), { ses: another, postmark: undefined })
    expect(await hooks.tell('ses', confirmation({ TopicArn: otherTopic }), another)).toBe(200)
    expect(await hooks.tell('ses', bounced('bea@example.net'), another)).toBe(403)
    hooks.clock.advance(8 * 86_400_000)
    expect(await hooks.warnings()).toEqual([])
  })

  test('a topic that confirmed before there were pins is pinned by its first message', async () => {
    await using hooks = await startWebhooks(mail, engine)
    expect(await hooks.tell('ses', bounced('ada@example.net'))).toBe(200)
    expect(await hooks.tell('ses', bounced('bea@example.net', { TopicArn: otherTopic }))).toBe(403)
  })

  test('a message counts once, also when it comes again after more mail', async () => {
    await using hooks = await startWebhooks(mail, engine)
    const message = bounced('ada@example.net')
    expect(await Promise.all([1, 2, 3].map(() => hooks.tell('ses', message)))).toEqual([200, 200, 200])
    const { database } = hooks.app
    const mailing = await enqueueTo(database, hooks.clock, ['ada@example.net'])
    await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0 WHERE mailing_id = ${mailing}`)
    expect(await hooks.tell('ses', message)).toBe(200)
    expect(await hooks.reports()).toEqual(['soft'])
    expect(await hooks.tell('ses', bounced('ada@example.net'))).toBe(200)
    expect(await hooks.reports()).toEqual(['soft', 'soft'])

    const stored = async () => (await database.all(sql`SELECT id FROM webhook_messages`)).length
    hooks.clock.advance(86_400_000)
    await pruneInbound(hooks.app.inbound, hooks.clock.now())
    expect(await stored()).toBe(2)
    hooks.clock.advance(2 * 86_400_000)
    await pruneInbound(hooks.app.inbound, hooks.clock.now())
    expect(await stored()).toBe(0)
    // Its id is forgotten, but not its age.
    expect(await hooks.tell('ses', message)).toBe(403)
  })

  test.each([
    ['2026-11-19T09:00:01.000Z', 200],
    ['2026-11-19T08:59:59.000Z', 403],
    ['2026-11-20T09:59:00.000Z', 200],
    ['2026-11-20T10:01:00.000Z', 403],
    ['yesterday', 400],
  ])('a message of %s is answered with %s at nine on the 20th', async (Timestamp, status) => {
    await using hooks = await startWebhooks(mail, engine)
    expect(await hooks.tell('ses', bounced('ada@example.net', { Timestamp }))).toBe(status)
    expect(await hooks.reports()).toEqual(status === 200 ? ['soft'] : [])
    expect(await hooks.tell('ses', confirmation({ Timestamp }))).toBe(status)
  })

  test('a secret in the query still counts, and is warned of for a month', async () => {
    await using hooks = await startWebhooks(mail, engine)
    expect(await hooks.tell('ses', bounced('ada@example.net'))).toBe(200)
    expect(await hooks.warnings()).toEqual([])
    for (let times = 0; times < 3; times++) expect(await hooks.tellByQuery('ses', bounced('bea@example.net'))).toBe(200)
    expect(await hooks.tellByQuery('postmark', { RecordType: 'Open' })).toBe(200)
    expect(await hooks.reports()).toEqual(['soft', 'soft'])
    expect(await hooks.warnings()).toEqual([
      expect.stringMatching(/^INBOUND_SES_SECRET came in the query of the webhook's address, last on 2026-11-20,/),
      expect.stringMatching(/^INBOUND_POSTMARK_SECRET came in the query .* https:\/\/any:SECRET@HOST\/inbound\/postmark$/),
    ])
    expect((await hooks.warnings()).join()).not.toContain(secret)
    hooks.clock.advance(31 * 86_400_000)
    expect(await hooks.warnings()).toEqual([])
  })
})
