import { createSign, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, test } from 'vitest'
import { providersWith, webhookHandler } from '../../src/inbound/provider-webhooks.ts'
import { returnPathFor } from '../../src/outbox/message/return-path.ts'
import { whichAreSuppressed } from '../../src/outbox/suppressions.ts'
import { sql } from '../../src/platform/database/sql.ts'
import { enqueueTo } from '../support/outbox.ts'
import { startWorld } from '../support/world.ts'
import { bounceAddress } from './mail-library.ts'

const secret = 'a secret of sixteen and more'
const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abc.pem'
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

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
  const fields = { Type: 'Notification', MessageId: 'm-1', TopicArn: 'arn:aws:sns:eu-west-1:1:mail', Timestamp: '2026-11-23T08:01:00.000Z' }
  return signed({ ...fields, Message: JSON.stringify(message), ...more })
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
async function startWebhooks(addresses: readonly string[]) {
  await using parts = new AsyncDisposableStack()
  const world = parts.use(await startWorld({}))
  const { database, inbound } = world.app
  const mailing = await enqueueTo(database, world.clock, addresses)
  await database.run(sql`UPDATE deliveries SET state = 'sent', settled_at = 0 WHERE mailing_id = ${mailing}`)
  const fetched: string[] = []
  const providers = providersWith({ ses: secret, postmark: secret }, async (url) => {
    fetched.push(url)
    return publicPem
  })
  const server = createServer(express().post('/inbound/:provider', webhookHandler(inbound, providers)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  parts.defer(() => void server.close())
  const owned = parts.move()
  return {
    fetched,
    returnPath: async (address: string) => {
      const row = await database.get<{ id: number }>(sql`SELECT id FROM deliveries WHERE address = ${address}`)
      return returnPathFor(bounceAddress, inbound.tokens, row?.id ?? 0)
    },
    async tell(provider: string, body: unknown, password = secret): Promise<number> {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbound/${provider}`
      const headers = { Authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` }
      const answer = await fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
      await answer.text()
      return answer.status
    },
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

test('a subscription of SNS is confirmed at an address of SNS and at no other', async () => {
  await using hooks = await startWebhooks(['ada@example.net'])
  const ask = (url: string) =>
    signed({
      Type: 'SubscriptionConfirmation',
      MessageId: 'm',
      TopicArn: 'arn',
      Timestamp: 't',
      Message: 'Confirm',
      Token: 'abc',
      SubscribeURL: url,
    })
  const url = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn&Token=abc'
  expect(await hooks.tell('ses', ask('https://evil.example/?Action=ConfirmSubscription'))).toBe(401)
  expect(await hooks.tell('ses', ask(url))).toBe(200)
  expect(hooks.fetched).toEqual([certificateUrl, url])
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
