import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

test('a password with a literal % is reported with its variable and the fix', () => {
  const reading = readConfig(
    {
      SMTP_URL: 'smtp://user:100%hush@mail.example.org',
      BOUNCE_IMAP_URL: 'imaps://user:100%hush@mail.example.org',
      BOUNCE_ADDRESS: 'bounces@example.org',
    },
    '/nowhere',
  )
  const errors = reading.ok ? [] : reading.errors
  const message = 'has a % that is not part of a code such as %40: write a literal % as %25'
  expect(errors).toEqual([`SMTP_URL: ${message}`, `BOUNCE_IMAP_URL: ${message}`])
})
