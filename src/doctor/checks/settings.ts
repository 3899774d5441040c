import type { Check } from '../check.ts'
import { type Finding, ok, warn } from '../line.ts'

/** Settings that are accepted but probably not meant. */
export const settingsCheck: Check = {
  id: 'settings',
  title: 'Settings',
  async run({ settings }) {
    const asked = 'the environment'
    if (settings.warnings.length === 0) return [ok(asked, 'nothing unusual')]
    return settings.warnings.map((warning): Finding => warn(asked, 'accepted', `${warning}.`))
  },
}
