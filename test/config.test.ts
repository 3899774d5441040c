import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

test('a password with a bare % is told by its variable, and how to write it', () => {
  const reading = readConfig(
    {
      SMTP_URL: 'smtp://user:100%hush@mail.example.org',
      BOUNCE_IMAP_URL: 'imaps://user:100%hush@mail.example.org',
      BOUNCE_ADDRESS: 'bounces@example.org',
    },
    '/nowhere',
  )
  const errors = reading.ok ? [] : reading.errors
  const mend = 'has a % that is not part of a code such as %40: write a literal % as %25'
  expect(errors).toEqual([`SMTP_URL: ${mend}`, `BOUNCE_IMAP_URL: ${mend}`])
})
