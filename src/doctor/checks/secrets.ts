import type { Check } from '../check.ts'
import { advice, type Finding, ok, warn } from '../line.ts'

const mends: Readonly<Record<string, string>> = {
  SECRET: 'Set a random value, and put the old one in SECRET_PREVIOUS, so that links in old mail go on working.',
  ADMIN_TOKEN: 'Set a random value, and give it to the scripts that use the API.',
}

/** SECRET and ADMIN_TOKEN cannot be guessed. A start with a new database refuses such values, one with an old database warns. */
export const secretsCheck: Check = {
  id: 'secrets',
  title: 'Secrets',
  async run({ settings }) {
    const asked = 'SECRET and ADMIN_TOKEN'
    if (settings.weakSecrets.length === 0) return [ok(asked, 'hard to guess')]
    return settings.weakSecrets.map(({ name, weakness }): Finding => {
      const problem = `${name} ${weakness}: whoever guesses it can forge links, or enter the desk.`
      return warn(name, 'set', problem, { kind: 'command', text: 'openssl rand -hex 24' }, advice(mends[name] ?? 'Set a random value.'))
    })
  },
}
