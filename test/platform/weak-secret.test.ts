import { expect, test } from 'vitest'
import { systemRandom } from '../../src/platform/random.ts'
import { weaknessOf } from '../../src/platform/weak-secret.ts'

test.each([
  ['too-short', 'is shorter than 16 characters'],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', 'has only a few different characters'],
  ['1111222233334444', 'has only a few different characters'],
  ['changemechangeme', 'repeats itself'],
  ['Change-Me Change-Me', 'repeats itself'],
  ['kumquat7kumquat7kumq', 'repeats itself'],
  ['changeme-changeme1', 'consists of common words or sequences'],
  ['CHANGE_ME_PLEASE!', 'consists of common words or sequences'],
  ['your-secret-goes-here', 'consists of common words or sequences'],
  ['replace-this-with-a-long-random-string', 'consists of common words or sequences'],
  ['supersecretpassword', 'consists of common words or sequences'],
  ['P4ssw0rd12345678', 'consists of common words or sequences'],
  ['s3cr3t-t0k3n-123456', 'consists of common words or sequences'],
  ['0123456789abcdef', 'consists of common words or sequences'],
  ['fedcba9876543210', 'consists of common words or sequences'],
  ['qwertyuiopasdfghjkl', 'consists of common words or sequences'],
  ['1q2w3e4r5t6y7u8i', 'consists of common words or sequences'],
  ['1qaz2wsx3edc4rfv', 'consists of common words or sequences'],
  ['broadsheet-admin-token', 'consists of common words or sequences'],
  ['this-is-my-secret-key', 'consists of common words or sequences'],
  ['correct horse battery staple', undefined],
  ['the-token-of-the-operator', undefined],
])('%s %s', (secret, weakness) => {
  expect(weaknessOf(secret)).toBe(weakness)
})

test('random values are not weak', () => {
  const random = systemRandom()
  for (let round = 0; round < 300; round++) {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const secret = Buffer.from(random.bytes(16)).toString(encoding)
      expect(weaknessOf(secret), secret).toBeUndefined()
    }
  }
})
