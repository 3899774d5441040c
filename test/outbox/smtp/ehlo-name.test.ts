import { expect, test } from 'vitest'
import { ehloName } from '../../../src/outbox/smtp/ehlo-name.ts'

const context = { named: undefined, publicUrl: 'https://news.example.org/tide', senderEmail: 'ann@mail.example.org' }

test.each([
  ['SMTP_NAME first', { ...context, named: 'relay.example.org', machine: 'host.example.org' }, 'relay.example.org'],
  ['the machine, if its name has a dot', { ...context, machine: 'host.example.org' }, 'host.example.org'],
  ['the host of the public URL', { ...context, machine: 'f3a9c1' }, 'news.example.org'],
  ['not an IP address of the machine', { ...context, machine: '10.0.0.7' }, 'news.example.org'],
  ['the domain of the sender, if the URL is local', { ...context, publicUrl: 'http://localhost:3000', machine: 'box' }, 'mail.example.org'],
  [
    'the domain of the sender, if the URL is an IP address',
    { ...context, publicUrl: 'http://192.0.2.1', machine: 'box' },
    'mail.example.org',
  ],
  ['the ASCII form of a domain', { ...context, publicUrl: 'https://münchen.example.org', machine: 'box' }, 'xn--mnchen-3ya.example.org'],
  [
    'nothing, if no name is public',
    { ...context, publicUrl: 'http://[::1]', senderEmail: 'nobody@localhost.invalid', machine: 'box' },
    undefined,
  ],
])('EHLO says %s', (_, given, name) => {
  expect(ehloName(given)).toBe(name)
})
